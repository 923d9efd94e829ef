import { isNull, type Records } from '../../../shared/api';
import type { Subjects, VmSubject } from '../../metrics/contract';
import type { Reader } from '../../store/contract';
import type { Desk } from '../desk';
import { isUp } from '../device/state';
import { interfaceOf } from '../network/spec';
import { theHost } from '../vm/power';

/** other_config of the host: `true` keeps minimum and maximum beside the average. */
export const MIN_MAX = 'metrics-min-max';

/* From the records to what the metrics room measures. Asked at every tick: reads only what is in memory. */

export const subjectsOf = (desk: Desk): Subjects => {
  const { store } = desk, host = store.find('host', theHost(store));
  return {
    host: { uuid: host?.uuid ?? '', pifs: [...new Map([...store.all('PIF').values()].map(pif => [interfaceOf(pif), { device: interfaceOf(pif), physical: pif.physical }])).values()] },
    vms: [...store.all('VM').values()].filter(vm => isUp(vm) && !vm.is_control_domain).map(vm => vmSubject(store, vm)),
    srs: [...store.all('SR').values()].filter(({ uuid }) => desk.repositories.has(uuid)).map(sr => ({ uuid: sr.uuid, sizeBytes: sr.physical_size, usedBytes: sr.physical_utilisation })),
  };
};

export const wantsMinMax = ({ store }: Desk): boolean => store.find('host', theHost(store))?.other_config[MIN_MAX] === 'true';

const vmSubject = (store: Reader, vm: Readonly<Records['VM']>): VmSubject => ({
  uuid: vm.uuid, memoryTargetBytes: vm.memory_target, memoryDynamicMinBytes: vm.memory_dynamic_min, memoryDynamicMaxBytes: vm.memory_dynamic_max,
  disks: vm.VBDs.flatMap(ref => {
    const vbd = store.find('VBD', ref), vdi = vbd && !isNull(vbd.VDI) ? store.find('VDI', vbd.VDI) : undefined;
    return vbd?.type === 'Disk' && vbd.currently_attached && vdi ? [{ userdevice: vbd.userdevice, device: vbd.device || vbd.userdevice, sr: store.find('SR', vdi.SR)?.uuid ?? '' }] : [];
  }),
  vifs: vm.VIFs.flatMap(ref => { const vif = store.find('VIF', ref); return vif?.currently_attached === true ? [vif.device] : []; }),
});
