import Storage from '@mui/icons-material/StorageOutlined';
import type { Ref } from '../../../../shared/api';
import { useRecord, useRecords, useSession } from '../../../api';
import { Details } from '../../../parts/details/Details';
import { Gone } from '../../../parts/details/Gone';
import { Performance } from '../../../parts/metrics/Performance';
import { isIsoLibrary } from '../../../parts/sr/places';
import type { SrTarget } from '../sr-target';
import { SrDisks } from './SrDisks';
import { SrGeneral } from './SrGeneral';

/** A storage repository. */
export const SrDetails = ({ of: ref }: { of: string }) => {
  const session = useSession();
  const record = useRecord('SR', ref);
  const pbds = useRecords('PBD', record?.PBDs ?? []);
  if (!record) return <Gone what="storage repository" />;
  const sr: SrTarget = { target: { session, cls: 'SR', ref }, session, ref: ref as Ref<'SR'>, record };
  const iso = isIsoLibrary(record);
  const detached = !pbds.some(pbd => pbd.record.currently_attached);
  return <Details icon={<Storage fontSize="small" sx={{ color: 'text.secondary' }} />} name={record.name_label} kind={`${iso ? 'ISO library' : 'Storage'}${detached ? ', detached' : ''}`} tabs={[
    { id: 'general', title: 'General', body: () => <SrGeneral sr={sr} /> },
    { id: 'storage', title: iso ? 'Images' : 'Disks', body: () => <SrDisks sr={sr} /> },
    { id: 'performance', title: 'Performance', body: () => <Performance subject={{ cls: 'SR', ref, uuid: record.uuid, name: record.name_label, ...(detached && { idle: 'The storage is detached.' }) }} /> },
  ]} />;
};
