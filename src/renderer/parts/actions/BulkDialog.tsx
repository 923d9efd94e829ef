import CheckCircleOutlined from '@mui/icons-material/CheckCircleOutlined';
import ErrorOutlined from '@mui/icons-material/ErrorOutlined';
import HourglassEmpty from '@mui/icons-material/HourglassEmpty';
import RemoveCircleOutlined from '@mui/icons-material/RemoveCircleOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import CircularProgress from '@mui/material/CircularProgress';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { useValue } from '../../api';
import { DataTable, type Column } from '../../ui/DataTable';
import { FormDialog } from '../../ui/FormDialog';
import { explain, lookIn } from '../errors/explain';
import type { Stage, Target } from './action';
import { Bulk, type BulkItem, type BulkState } from './bulk';

interface Words { /** `Start`. */ title: string; /** `start`. */ verb: string; /** `Started`. */ done: string }

/** Does `work` to all of them while a dialog tells of each; it may be closed, then the work goes on, and its end is told. */
export const runBulk = async (stage: Stage, words: Words, targets: readonly { target: Target; name: string }[], work: (target: Target) => Promise<unknown>): Promise<void> => {
  const bulk = new Bulk(targets, work);
  let isOpen = true;
  stage.show(close => <BulkDialog title={`${words.title}: ${targets.length} VMs`} bulk={bulk} close={() => { isOpen = false; close(); }} />);
  await bulk.run();
  const failed = bulk.items.get().filter(({ state }) => state === 'failed'), [first] = failed;
  // Open, the dialog says it.
  if (!isOpen && first?.failure) stage.failed(`Could not ${words.verb} ${failed.length} of ${targets.length} VMs; “${first.name}”`, first.failure, first.target.session);
  else if (failed.length === 0) stage.succeeded(`${words.done} ${bulk.count('done')} VMs`);
};

const COLUMNS: readonly Column[] = [{ id: 'name', title: 'VM', track: 'minmax(8em, 1fr)' }, { id: 'outcome', title: 'Outcome', track: 'minmax(14em, 2fr)' }];
const ROWS_PX = 320;

const BulkDialog = ({ title, bulk, close }: { title: string; bulk: Bulk; close: () => void }) => {
  const items = useValue(bulk.items), of = (state: BulkState): number => items.filter(item => item.state === state).length;
  const ended = of('done') + of('failed') + of('cancelled'), isOver = ended === items.length;
  const told = [`${of('done')} of ${items.length} done`, of('running') > 0 && `${of('running')} under way`, of('waiting') > 0 && `${of('waiting')} waiting`, of('failed') > 0 && `${of('failed')} failed`, of('cancelled') > 0 && `${of('cancelled')} left out`].filter(Boolean).join(', ');
  return (
    <FormDialog title={title} verb={isOver ? 'Close' : 'Go on in the background'} width="sm" onApply={close} onCancel={close} leave="Hide"
      before={<>
        {of('waiting') > 0 && <Button onClick={() => { bulk.cancelRest(); }}>Leave out the rest</Button>}
        {isOver && of('failed') > 0 && <Button onClick={() => { void bulk.retryFailed(); }}>Try the failed again</Button>}
      </>}>
      <Typography variant="body2" role="status" sx={{ mb: 1 }}>{told}</Typography>
      <LinearProgress variant="determinate" value={100 * ended / Math.max(1, items.length)} aria-label={title} sx={{ mb: 1 }} color={of('failed') > 0 ? 'error' : 'primary'} />
      <Box sx={{ height: `min(${ROWS_PX}px, ${items.length * 32 + 40}px, 45vh)` }}>
        <DataTable label={title} columns={COLUMNS} rows={items.map((_item, i) => String(i))} renderCell={(row, column) => { const item = items[Number(row)]; return item && (column === 'name' ? item.name : <Outcome item={item} />); }} />
      </Box>
    </FormDialog>
  );
};

const MARKS = {
  waiting: <HourglassEmpty aria-hidden sx={{ fontSize: 18, color: 'text.secondary' }} />, running: <CircularProgress size={14} aria-hidden />, done: <CheckCircleOutlined aria-hidden sx={{ fontSize: 18, color: 'success.main' }} />,
  failed: <ErrorOutlined aria-hidden sx={{ fontSize: 18, color: 'error.main' }} />, cancelled: <RemoveCircleOutlined aria-hidden sx={{ fontSize: 18, color: 'text.secondary' }} />,
} as const;
const STATE_WORDS: Readonly<Record<BulkState, string>> = { waiting: 'waiting', running: 'under way', done: 'done', failed: 'failed', cancelled: 'left out' };
const Outcome = ({ item }: { item: BulkItem }) => {
  const words = item.failure ? explain(item.failure, lookIn(item.target.session)) : undefined, text = words ? `${words.title}. ${words.detail}` : STATE_WORDS[item.state];
  return <Box component="span" title={text} sx={{ display: 'flex', gap: 1, alignItems: 'center', minWidth: 0 }}>{MARKS[item.state]}<Box component="span" sx={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>{text}</Box></Box>;
};
