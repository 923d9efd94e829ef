import Monitor from '@mui/icons-material/MonitorOutlined';
import PowerOff from '@mui/icons-material/PowerSettingsNew';
import Box from '@mui/material/Box';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { lazy, type ReactNode, Suspense } from 'react';
import type { ConsoleProtocol, VMRecord } from '../../../../shared/api';
import { useRecords, useSession, useSessionView } from '../../../api';
import type { Action } from '../../../parts/actions/action';
import { useScreen } from '../../../parts/actions/stage';
import { whyNotByRole } from '../../../parts/session/may';
import { powerWord } from '../../../parts/vm/power';
import { EmptyState } from '../../../ui/EmptyState';
import { useKept } from '../../../ui/kept';
import { WhyButton } from '../../../ui/WhyButton';
import { start, unpause } from '../actions';
import { OutsideButtons } from './OutsideButtons';

// Both libraries are large and only needed here.
const GraphicalConsole = lazy(() => import('./GraphicalConsole'));
const TextConsole = lazy(() => import('./TextConsole'));

const VIEWS = { graphical: 'Graphical', text: 'Text', both: 'Both' } as const;
type View = keyof typeof VIEWS;
const isView = (text: string): text is View => Object.hasOwn(VIEWS, text);

/** The live consoles of a VM. */
export const VmConsole = ({ vm, of: ref }: { vm: VMRecord; of: string }) => {
  const [kept, keep] = useKept<string>('console.view', 'graphical');
  const consoles = useRecords('console', vm.consoles);
  const view = isView(kept) ? kept : 'graphical';
  const why = whyNotByRole(useSession(), 'http/connect_console');
  useSessionView();
  if (why !== undefined) return <EmptyState icon={Monitor} title="No console for you" detail={why} />;
  if (consoles.length === 0) return <NoConsole vm={vm} of={ref} />;
  const refOf = (protocol: ConsoleProtocol): string | undefined => consoles.find(({ record }) => record.protocol === protocol)?.ref;
  return (
    <Box sx={{ minHeight: '100%', height: '100%', display: 'flex', flexDirection: 'column', gap: 1 }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, flexWrap: 'wrap' }}>
        <ToggleButtonGroup exclusive size="small" value={view} aria-label="Console view" onChange={(_event, chosen: unknown) => { if (typeof chosen === 'string') keep(chosen); }}>
          {Object.entries(VIEWS).map(([id, label]) => <ToggleButton key={id} value={id} sx={{ py: 0.25, textTransform: 'none' }}>{label}</ToggleButton>)}
        </ToggleButtonGroup>
        <OutsideButtons vm={vm} />
        <Paused vm={vm} of={ref} />
      </Box>
      <Box sx={{ flex: 1, minHeight: 0, display: 'grid', gap: 1, gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 26em), 1fr))', gridAutoRows: 'minmax(180px, 1fr)' }}>
        <Suspense fallback={<Typography variant="body2" sx={{ p: 2 }}>Loading…</Typography>}>
          {view !== 'text' && <Shown what="graphical" of={refOf('rfb')}>{shown => <GraphicalConsole key={shown} consoleRef={shown} name={vm.name_label} />}</Shown>}
          {view !== 'graphical' && <Shown what="text" of={refOf('vt100')}>{shown => <TextConsole key={shown} consoleRef={shown} name={vm.name_label} />}</Shown>}
        </Suspense>
      </Box>
    </Box>
  );
};

const Shown = ({ what, of: ref, children }: { what: string; of: string | undefined; children: (ref: string) => ReactNode }) =>
  (ref === undefined ? <EmptyState icon={Monitor} title={`No ${what} console`} detail={`The host does not offer a ${what} console for this VM.`} /> : children(ref));

const NoConsole = ({ vm, of: ref }: { vm: VMRecord; of: string }) => (
  <EmptyState icon={PowerOff} title={`“${vm.name_label}” is ${powerWord(vm).toLowerCase()}`} detail="There is a console as soon as the VM runs.">
    <VmButton action={start} of={ref} />
  </EmptyState>
);

/** A guest that stands still looks like one that hangs: it is said. */
const Paused = ({ vm, of: ref }: { vm: VMRecord; of: string }) => (vm.power_state === 'Paused' ? (
  <Typography variant="body2" component="span" sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>This VM is paused: its screen stands still. <VmButton
    action={unpause} of={ref} /></Typography>
) : null);

const VmButton = ({ action, of: ref }: { action: Action; of: string }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const selection = [{ session, cls: 'VM' as const, ref }];
  return <WhyButton label={action.label} {...(action.icon && { icon: action.icon })} variant="contained" why={action.whyNot(selection)}
    onClick={() => { screen.perform(action, selection); }} />;
};
