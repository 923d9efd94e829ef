import { useList, useRecord, useSession } from '../api';
import { HostDetails } from '../features/host/details/HostDetails';
import { NetworkDetails } from '../features/network/details/NetworkDetails';
import { ConnectionState } from '../features/session/details/ConnectionState';
import { SrDetails } from '../features/sr/details/SrDetails';
import { TemplateDetails } from '../features/template/details/TemplateDetails';
import { VmDetails } from '../features/vm/details/VmDetails';
import type { Target } from '../parts/actions/action';
import { HOSTS } from '../parts/lists';
import { SectionDetails } from './SectionDetails';
import type { SectionId } from './tree/nodes';

/** The right side for what is chosen on the left. */
export const DetailsPane = ({ target, section }: { target: Target | undefined; section: SectionId | undefined }) => {
  if (section) return <SectionDetails section={section} />;
  switch (target?.cls) {
    case undefined: return null;
    case 'session': return <SessionDetails />;
    case 'host': return <HostDetails of={target.ref} />;
    case 'VM': return <VmOrTemplate of={target.ref} />;
    case 'SR': return <SrDetails of={target.ref} />;
    case 'network': return <NetworkDetails of={target.ref} />;
  }
};

/** The connection, shown as its host: the one that the pool is managed by. */
const SessionDetails = () => {
  const { records } = useSession();
  const hosts = useList(HOSTS);
  const master = [...records.all('pool').values()][0]?.master;
  const shown = hosts.find(ref => ref === master) ?? hosts[0];
  return shown === undefined ? <ConnectionState /> : <HostDetails of={shown} together={hosts} />;
};

const VmOrTemplate = ({ of: ref }: { of: string }) => (useRecord('VM', ref)?.is_a_template ? <TemplateDetails of={ref} /> : <VmDetails of={ref} />);
