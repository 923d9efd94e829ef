import Before from '@mui/icons-material/ChevronLeft';
import Next from '@mui/icons-material/ChevronRight';
import Paste from '@mui/icons-material/ContentPasteOutlined';
import Monitor from '@mui/icons-material/MonitorOutlined';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { useList, useRecords, useSession } from '../../../../api';
import { VMS } from '../../../../parts/lists';
import { EmptyState } from '../../../../ui/EmptyState';
import { useKept } from '../../../../ui/kept';
import { listText } from '../../../../ui/text';
import { WhyButton } from '../../../../ui/WhyButton';
import { PasteDialog } from '../PasteDialog';
import { Broadcast } from './broadcast';

// noVNC is large and only needed here.
const WallTile = lazy(() => import('./WallTile'));
const SIDES = [1, 2, 3, 4];
const SIDE = 2;

/** The screens of all running VMs of a host, or of the pool: live, in tiles, and several typed into at once. */
export const ConsoleWall = ({ host }: { host?: string | undefined }) => {
  const session = useSession();
  const vms = useRecords('VM', useList(VMS)).filter(({ record }) => (record.power_state === 'Running' || record.power_state === 'Paused') && (host === undefined || record.resident_on === host));
  const consoles = useRecords('console', vms.flatMap(({ record }) => record.consoles));
  const [kept, keepSide] = useKept<number>('wall.side', SIDE);
  const [page, setPage] = useState(0);
  const [marks, setMarks] = useState<readonly string[]>([]);
  const [wanted, setTogether] = useState(false);
  const [pasting, setPasting] = useState(false);
  const broadcast = useMemo(() => new Broadcast(), []);
  const side = SIDES.includes(kept) ? kept : SIDE, pages = Math.max(1, Math.ceil(vms.length / side ** 2)), at = Math.min(page, pages - 1);
  const here = vms.slice(at * side ** 2, (at + 1) * side ** 2);
  // Only what is seen is typed into.
  const seen = here.filter(({ ref }) => marks.includes(ref)), marked = seen.map(({ ref }) => ref).join(' '), together = wanted && seen.length > 0;
  useEffect(() => { broadcast.mark(together ? marked.split(' ') : []); }, [broadcast, together, marked]);
  useEffect(() => {
    const letGo = (): void => { broadcast.letGo(); };
    window.addEventListener('blur', letGo);
    return () => { window.removeEventListener('blur', letGo); };
  }, [broadcast]);
  if (vms.length === 0) return <EmptyState icon={Monitor} title="No VM is running" detail="The screens of running VMs are shown here." />;
  return (
    <Box sx={{ height: '100%', minHeight: 0, display: 'flex', flexDirection: 'column', gap: 1 }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, flexWrap: 'wrap' }}>
        <ToggleButtonGroup exclusive size="small" value={side} aria-label="Tiles" onChange={(_event, chosen: unknown) => { if (typeof chosen === 'number') { keepSide(chosen); setPage(0); } }}>
          {SIDES.map(each => <ToggleButton key={each} value={each} sx={{ py: 0.25 }}>{each}×{each}</ToggleButton>)}
        </ToggleButtonGroup>
        {pages > 1 && <>
          <WhyButton label="Page before" icon={Before} iconOnly why={at === 0 ? 'This is the first page.' : undefined} onClick={() => { setPage(at - 1); }} />
          <Typography variant="body2" role="status">Page {at + 1} of {pages}</Typography>
          <WhyButton label="Next page" icon={Next} iconOnly why={at === pages - 1 ? 'This is the last page.' : undefined} onClick={() => { setPage(at + 1); }} />
        </>}
        <FormControlLabel label="Type into all marked" control={<Switch size="small" checked={wanted} onChange={event => { setTogether(event.target.checked); }} />} />
        <WhyButton label="Paste text…" icon={Paste} why={together ? undefined : 'Mark VMs, and switch on “Type into all marked”.'} onClick={() => { setPasting(true); }} />
      </Box>
      {together && <Alert severity="warning" variant="outlined" sx={{ py: 0 }}>What you type into one of these goes to all of them: {listText(seen.map(({ record }) => record.name_label))}</Alert>}
      <Box sx={{ flex: 1, minHeight: 0, display: 'grid', gap: 1, gridTemplateColumns: `repeat(${side}, minmax(0, 1fr))`, gridAutoRows: `minmax(120px, calc(${100 / side}% - 8px))` }}>
        <Suspense fallback={<Typography variant="body2" sx={{ p: 2 }}>Loading…</Typography>}>
          {here.map(({ ref, record }) => {
            const shown = consoles.find(({ record: each }) => each.protocol === 'rfb' && each.VM === ref)?.ref;
            return shown === undefined ? <EmptyState key={ref} icon={Monitor} title={record.name_label} detail="This VM has no graphical console." />
              : <WallTile key={`${session.id} ${shown}`} of={ref} vm={record} consoleRef={shown} marked={marks.includes(ref)} together={together} broadcast={broadcast}
                onMark={on => { setMarks(on ? [...marks, ref] : marks.filter(each => each !== ref)); }} />;
          })}
        </Suspense>
      </Box>
      {pasting && <PasteDialog send={moves => { broadcast.send(moves); }} ready={together} onClose={() => { setPasting(false); }} />}
    </Box>
  );
};
