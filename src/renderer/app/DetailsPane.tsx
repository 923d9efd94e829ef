import { useList, useRecord } from '../api';
import { HostDetails } from '../features/host/details/HostDetails';
import { PoolDetails } from '../features/host/details/PoolDetails';
import { NetworkDetails } from '../features/network/details/NetworkDetails';
import { ConnectionState } from '../features/session/details/ConnectionState';
import { SrDetails } from '../features/sr/details/SrDetails';
import { TemplateDetails } from '../features/template/details/TemplateDetails';
import { ConsoleWall } from '../features/vm/console/wall/ConsoleWall';
import { VmDetails } from '../features/vm/details/VmDetails';
import type { Target } from '../parts/actions/action';
import type { DetailTab } from '../parts/details/Details';
import { HOSTS, POOLS } from '../parts/lists';
import { SectionDetails } from './SectionDetails';
import type { SectionId } from './tree/nodes';

/** The right side for what is chosen on the left. */
export const DetailsPane = ({ target, section }: { target: Target | undefined; section: SectionId | undefined }) => {
  if (section) return <SectionDetails section={section} />;
  switch (target?.cls) {
    case undefined: return null;
    case 'session': return <SessionDetails />;
    case 'host': return <HostDetails of={target.ref} consoles={consolesOf(target.ref)} />;
    case 'VM': return <VmOrTemplate of={target.ref} />;
    case 'SR': return <SrDetails of={target.ref} />;
    case 'network': return <NetworkDetails of={target.ref} />;
  }
};

/** Of one host, or of all. */
const consolesOf = (host: string | undefined): DetailTab => ({ id: 'consoles', title: 'Consoles', body: () => <ConsoleWall host={host} /> });

/** The connection, shown as its host, or as its pool when it has several. */
const SessionDetails = () => {
  const [first, ...others] = useList(HOSTS), [pool] = useList(POOLS);
  if (first === undefined) return <ConnectionState />;
  return others.length > 0 && pool !== undefined ? <PoolDetails of={pool} consoles={consolesOf(undefined)} /> : <HostDetails of={first} consoles={consolesOf(first)} />;
};

const VmOrTemplate = ({ of: ref }: { of: string }) => (useRecord('VM', ref)?.is_a_template ? <TemplateDetails of={ref} /> : <VmDetails of={ref} />);
