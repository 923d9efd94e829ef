import Box from '@mui/material/Box';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import Typography from '@mui/material/Typography';
import { type ReactNode, use, useId } from 'react';
import { must } from '../../../shared/lib/assert';
import { TabContext } from './tab';

export interface DetailTab { id: string; title: string; body: () => ReactNode }

/** What is chosen in the tree, in tabs. The tab stays where it was when another object is chosen; one that the object lacks waits. */
export const Details = ({ icon, name, kind, tabs }: { icon: ReactNode; name: string; kind: string; tabs: readonly DetailTab[] }) => {
  const { wanted, choose } = must(use(TabContext), 'TabContext');
  const id = useId();
  const current = tabs.find(tab => tab.id === wanted) ?? must(tabs[0], 'a tab');
  return (
    <Box component="section" aria-label={name} sx={{ height: '100%', minHeight: 0, minWidth: 0, display: 'flex', flexDirection: 'column' }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, px: 2, pt: 1, minWidth: 0 }}>
        {icon}
        <Typography component="h2" variant="h6" noWrap title={name}>{name || 'unnamed'}</Typography>
        <Typography variant="body2" noWrap sx={{ color: 'text.secondary', flex: 'none' }}>{kind}</Typography>
      </Box>
      <Tabs value={current.id} onChange={(_event, tab: unknown) => { if (typeof tab === 'string') choose(tab); }} variant="scrollable" scrollButtons="auto"
        aria-label={`Tabs of ${name}`} sx={{ px: 1, minHeight: 36, flex: 'none', borderBottom: 1, borderColor: 'divider' }}>
        {tabs.map(tab => <Tab key={tab.id} value={tab.id} id={`${id}-${tab.id}`} aria-controls={`${id}-panel`} label={tab.title} sx={{ minHeight: 36, py: 0.5, textTransform: 'none' }} />)}
      </Tabs>
      <Box role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${current.id}`} tabIndex={-1}
        sx={{ flex: 1, minHeight: 0, overflow: 'auto', p: 2, outline: 'none' }}>{current.body()}</Box>
    </Box>
  );
};
