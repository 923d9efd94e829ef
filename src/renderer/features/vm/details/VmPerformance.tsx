import QueryStats from '@mui/icons-material/QueryStats';
import { EmptyState } from '../../../ui/EmptyState';

/** What will be here, and nothing that pretends to be. */
export const VmPerformance = () => (
  <EmptyState icon={QueryStats} title="No history is recorded yet"
    detail="This version keeps no figures over time. Graphs of processor, memory, disk and network use, of the last minutes up to the last year, will be here. What the VM has now is under General and Memory." />
);
