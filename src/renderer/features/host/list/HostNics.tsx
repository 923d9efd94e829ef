import Lan from '@mui/icons-material/LanOutlined';
import type { Ref } from '../../../../shared/api';
import { useList, useRecords, useSession, useSessionView } from '../../../api';
import { whyOffline } from '../../../parts/actions/offered';
import { useScreen } from '../../../parts/actions/stage';
import { hasPlugin, NOT_OURS } from '../../../parts/host/plugin';
import { NicTable } from '../../../parts/host/NicTable';
import { PIFS } from '../../../parts/lists';
import { EmptyState } from '../../../ui/EmptyState';
import { MenuButton } from '../../../ui/MenuButton';
import { showAddress } from '../management/AddressDialog';

/** The network cards of a host, its VLANs and bonds. */
export const HostNics = ({ host }: { host: string }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const rows = useRecords('PIF', useList(PIFS)).filter(({ record }) => record.host === host);
  if (rows.length === 0) return <EmptyState icon={Lan} title="No network card" detail="The host tells of no network card." />;
  const why = (ref: string): string | undefined => {
    const pif = session.records.get('PIF', ref);
    // Only our hosts go back by themselves when nobody reaches them any more.
    return whyOffline(session) ?? (pif?.management === true && !hasPlugin(session) ? NOT_OURS : undefined);
  };
  return <NicTable refs={rows.map(({ ref }) => ref)} menuOf={ref => {
    const pif = session.records.get('PIF', ref);
    return pif && <MenuButton label={`What to do with ${pif.device}`} groups={() => [[{ id: 'address', label: 'Change the address…', why: why(ref), run: () => { showAddress(screen, { session, ref: ref as Ref<'PIF'>, record: pif }); } }]]} />;
  }} />;
};
