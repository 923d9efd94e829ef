import Lan from '@mui/icons-material/LanOutlined';
import Refresh from '@mui/icons-material/Refresh';
import Box from '@mui/material/Box';
import type { Ref } from '../../../../shared/api';
import { useList, useRecords, useSession, useSessionView, useWorld } from '../../../api';
import { outcome } from '../../../parts/actions/outcome';
import { useScreen } from '../../../parts/actions/stage';
import { nicName, NicTable } from '../../../parts/host/NicTable';
import { PIFS } from '../../../parts/lists';
import { whyNotMay } from '../../../parts/session/may';
import { EmptyState } from '../../../ui/EmptyState';
import { MenuButton } from '../../../ui/MenuButton';
import { WhyButton } from '../../../ui/WhyButton';
import { nicEntries } from '../management/nic-entries';

/** The network cards of a host, its VLANs and bonds. */
export const HostNics = ({ host }: { host: string }) => {
  const session = useSession();
  const screen = useScreen();
  const world = useWorld();
  useSessionView();
  const rows = useRecords('PIF', useList(PIFS)).filter(({ record }) => record.host === host);
  const about = { verb: 'look for network cards of', subject: session.records.get('host', host)?.name_label ?? 'the host', subjectRef: host };
  const rescan = <WhyButton label="Rescan" icon={Refresh} variant="outlined" why={whyNotMay(session, 'PIF.scan')} onClick={() => { void outcome(screen, session, about, 'Looked for network cards of', () => session.run(about, undefined, 'Async.PIF.scan', host as Ref<'host'>)); }} />;
  if (rows.length === 0) return <EmptyState icon={Lan} title="No network card" detail="The host tells of no network card.">{rescan}</EmptyState>;
  return (
    <Box sx={{ height: '100%', display: 'flex', flexDirection: 'column', gap: 1 }}>
      <Box sx={{ display: 'flex', gap: 1 }}>{rescan}</Box>
      <Box sx={{ flex: 1, minHeight: '8em' }}>
        <NicTable refs={rows.map(({ ref }) => ref)} menuOf={ref => {
          const pif = session.records.get('PIF', ref);
          return pif && <MenuButton label={`What to do with ${nicName(pif)}`} groups={() => nicEntries(session, ref as Ref<'PIF'>, pif, screen, world.inBrowser)} />;
        }} />
      </Box>
    </Box>
  );
};
