import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';

/** A titled list of names and values. */
export const Properties = ({ title, children }: { title: string; children: ReactNode }) => (
  <Paper variant="outlined" component="section" aria-label={title} sx={{ p: 2, minWidth: 0 }}>
    <Typography component="h3" variant="subtitle2" sx={{ mb: 1 }}>{title}</Typography>
    <Box component="dl"
      sx={{ m: 0, display: 'grid', gridTemplateColumns: 'minmax(7.5em, max-content) minmax(0, 1fr)', columnGap: 2, rowGap: 0.75, alignItems: 'baseline' }}>{children}</Box>
  </Paper>
);

/** Nothing to say is said: a value that is empty shows as a dash. */
export const Property = ({ name, children }: { name: string; children: ReactNode }) => (
  <>
    <Typography component="dt" variant="body2" sx={{ color: 'text.secondary' }}>{name}</Typography>
    <Typography component="dd" variant="body2" sx={{ m: 0, minWidth: 0, overflowWrap: 'anywhere' }}>
      {children === '' || children === undefined || children === null ? <span aria-label="none">–</span> : children}
    </Typography>
  </>
);

/** Lays several lists out beside each other as far as there is room. */
export const PropertyGrid = ({ children }: { children: ReactNode }) => (
  <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 24em), 1fr))', alignItems: 'start' }}>{children}</Box>
);
