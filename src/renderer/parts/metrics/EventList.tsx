import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ChartEvent } from '../../ui/chart/TimeChart';
import { momentText } from '../../ui/chart/units';

const SHOWN_MAX = 20;

/** What the marks on the charts are, in words. */
export const EventList = ({ events }: { events: readonly ChartEvent[] }) => {
  if (events.length === 0) return null;
  return (
    <Box component="section" aria-label="Events">
      <Typography component="h3" variant="subtitle2">Events in this time</Typography>
      <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {[...events].reverse().slice(0, SHOWN_MAX).map(({ timeS, text, bad }, i) => (
          <Box component="li" key={`${timeS} ${i}`} sx={{ display: 'flex', gap: 1.5, py: 0.25 }}>
            <Typography variant="body2" sx={{ color: 'text.secondary', flex: 'none', fontVariantNumeric: 'tabular-nums' }}>{momentText(timeS)}</Typography>
            <Typography variant="body2" sx={{ color: bad ? 'error.main' : undefined, overflowWrap: 'anywhere' }}>{bad ? '▲' : '•'} {text}</Typography>
          </Box>
        ))}
      </Box>
      {events.length > SHOWN_MAX && <Typography variant="body2" sx={{ color: 'text.secondary' }}>{events.length - SHOWN_MAX} earlier ones are not listed.</Typography>}
    </Box>
  );
};
