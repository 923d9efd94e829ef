import type { Ref, VMRecord } from '../../../../shared/api';
import { Performance } from '../../../parts/metrics/Performance';

export const VmPerformance = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => (
  <Performance subject={{ cls: 'VM', ref, uuid: vm.uuid, name: vm.name_label, snapshots: vm.snapshots, ...(vm.power_state === 'Halted' ? { idle: 'The VM is off.' } : vm.power_state === 'Suspended' ? { idle: 'The VM is suspended.' } : {}) }} />
);
