import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { bytesText } from '../../../../ui/text';
import { type MemoryFigures, figuresText } from './memory';

/** The memory of a VM as one bar: used inside, held now, the range the balloon moves in, the target. */
export const MemoryPicture = ({ figures }: { figures: MemoryFigures }) => {
  const { totalBytes, usedBytes, actualBytes, targetBytes, rangeBytes: [min, max] } = figures;
  const at = (bytes: number): string => `${Math.min(100, Math.max(0, (bytes / totalBytes) * 100))}%`;
  const legend = [
    ...(usedBytes === undefined ? [] : [{ id: 'used', look: { bgcolor: 'primary.main' }, text: `Used inside: ${bytesText(usedBytes)}` }]),
    ...(actualBytes === undefined ? [] : [{ id: 'held', look: { bgcolor: HELD }, text: `Held now: ${bytesText(actualBytes)}` }]),
    { id: 'range', look: { borderBottom: 3, borderColor: 'success.main' }, text: min === max ? `Fixed: ${bytesText(max)}` : `May vary: ${bytesText(min)} to ${bytesText(max)}` },
    ...(targetBytes === undefined ? [] : [{ id: 'target', look: { borderLeft: 3, borderColor: 'warning.main' }, text: `Target: ${bytesText(targetBytes)}` }]),
    { id: 'most', look: { border: 1, borderColor: 'text.secondary' }, text: `Most ever: ${bytesText(totalBytes)}` },
  ];
  return (
    <Box sx={{ minWidth: 0 }}>
      <Box role="img" aria-label={figuresText(figures)} sx={{ position: 'relative', height: 30, mb: 1.5, border: 1, borderColor: 'text.secondary', borderRadius: 1, bgcolor: 'background.paper' }}>
        {actualBytes !== undefined && <Box sx={{ ...PART, width: at(actualBytes), bgcolor: HELD }} />}
        {usedBytes !== undefined && <Box sx={{ ...PART, width: at(usedBytes), bgcolor: 'primary.main' }} />}
        <Box sx={{ position: 'absolute', bottom: -7, height: 4, borderRadius: 2, bgcolor: 'success.main', left: min === max ? 0 : at(min), right: `calc(100% - ${at(max)})` }} />
        {targetBytes !== undefined && <Box sx={{ position: 'absolute', top: -4, bottom: -4, width: 3, ml: '-1.5px', bgcolor: 'warning.main', left: at(targetBytes) }} />}
      </Box>
      <Box component="ul" aria-hidden sx={{ m: 0, p: 0, listStyle: 'none', display: 'flex', flexWrap: 'wrap', columnGap: 2, rowGap: 0.5 }}>
        {legend.map(({ id, look, text }) => (
          <Box key={id} component="li" sx={{ display: 'flex', alignItems: 'center', gap: 0.75 }}><Box sx={{ width: 14, height: 12, boxSizing: 'border-box', ...look }} /><Typography variant="body2">{text}</Typography></Box>
        ))}
      </Box>
    </Box>
  );
};

const HELD = 'color-mix(in srgb, var(--mui-palette-primary-main) 35%, transparent)';
const PART = { position: 'absolute', top: 0, bottom: 0, left: 0, borderRadius: '4px 0 0 4px' };
