import Box from '@mui/material/Box';
import { useRecords } from '../../../api';
import { FreeCapacity } from './FreeCapacity';
import { Health } from './Health';
import { Load } from './Load';
import { TopVms } from './TopVms';

/** How some hosts (one, or all of a pool) are: health, load, who uses it, what is left. */
export const HostOverview = ({ of: refs }: { of: readonly string[] }) => {
  const hosts = useRecords('host', refs);
  return (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 24em), 1fr))', alignItems: 'start' }}>
      <Health hosts={hosts} />
      <Load hosts={hosts} />
      <TopVms hosts={hosts} />
      <FreeCapacity hosts={hosts} />
    </Box>
  );
};
