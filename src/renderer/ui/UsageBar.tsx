import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { bytesText } from './text';

const FULL_PERCENT = 90;

/** How much of a whole is used, as a bar and in figures. */
export const UsageBar = ({ label, used, total }: { label: string; used: number; total: number }) => {
  if (!(total > 0)) return <Typography variant="body2" sx={{ color: 'text.secondary' }}>unknown</Typography>;
  const percent = Math.min(100, Math.max(0, (used / total) * 100));
  return (
    <Box sx={{ minWidth: '9em' }}>
      <LinearProgress variant="determinate" value={percent} aria-label={label} color={percent >= FULL_PERCENT ? 'warning' : 'primary'}
        sx={{ height: 6, borderRadius: 3, my: 0.75 }} />
      <Typography variant="body2">{bytesText(used)} of {bytesText(total)} used, {bytesText(Math.max(0, total - used))} free</Typography>
    </Box>
  );
};
