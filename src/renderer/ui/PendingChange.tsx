import HourglassTop from '@mui/icons-material/HourglassTop';
import Undo from '@mui/icons-material/Undo';
import Box from '@mui/material/Box';
import { WhyButton } from './WhyButton';

interface Props {
  what: string;
  now: string;
  then: string;
  /** Why it cannot be put back now. */
  why: string | undefined;
  onRevert: () => void
}

/** What is set but not yet in force, with the difference and the way back. */
export const PendingChange = ({ what, now, then, why, onRevert }: Props) => (
  <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', flexWrap: 'wrap', columnGap: 0.75, color: 'warning.main', typography: 'body2' }}>
    <HourglassTop aria-hidden sx={{ fontSize: 16 }} />
    <span>{now} now{/,/.test(now + then) ? ';' : ','} {then} after restart</span>
    <WhyButton label="Put back" ariaLabel={`Put back ${what}`} icon={Undo} why={why} onClick={onRevert} />
  </Box>
);
