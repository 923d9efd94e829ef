import type { Icon } from './icon';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';

/** Says that there is nothing here, why, and what to do about it. */
export const EmptyState = ({ icon: Picture, title, detail, children }: { icon?: Icon; title: string; detail?: ReactNode; children?: ReactNode }) => (
  <Box
    sx={{ minHeight: '100%', boxSizing: 'border-box', display: 'flex', flexDirection: 'column', alignItems: 'center', justifyContent: 'safe center', textAlign: 'center', gap: 1, p: 3 }}>
    {Picture && <Picture aria-hidden sx={{ fontSize: 44, color: 'text.secondary' }} />}
    <Typography component="h2" variant="h6">{title}</Typography>
    {detail !== undefined && <Typography variant="body2" component="div" sx={{ color: 'text.secondary', maxWidth: '34em' }}>{detail}</Typography>}
    {children !== undefined && <Box sx={{ mt: 1, display: 'flex', gap: 1, flexWrap: 'wrap', justifyContent: 'center' }}>{children}</Box>}
  </Box>
);
