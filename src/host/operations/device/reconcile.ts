import { isNull, type Ref } from '../../../shared/api';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { recordMemory } from '../vm/memory-live';
import { recordVcpus } from '../vm/vcpus-live';
import { recordEmpty } from '../vbd/media';
import { recordPlugged, recordUnplugged } from '../vbd/plug';
import { recordUnplugged as recordVifUnplugged } from '../vif/unplug';

/* The devices of a machine that ran on while the service was away, perhaps killed in the middle of a plug: the machine is asked what it has, and the records
 * follow. What no record knows is taken out. */

export const reconcileDevices = async (desk: Desk): Promise<void> => {
  for (const [ref, vm] of desk.store.all('VM')) {
    if (desk.engine.state(vm.uuid) === 'gone') continue;
    try { await ofMachine(desk, ref); } catch (error) { desk.log.error('devices not compared', { vm: vm.uuid, why: messageOf(error) }); }
  }
};

const ofMachine = async (desk: Desk, ref: Ref<'VM'>): Promise<void> => {
  const vm = desk.store.get('VM', ref), { disks, nics, vcpus } = await desk.engine.devices(vm.uuid);
  const differs = (what: string, device: string): void => { desk.log.warn('the records of a running VM did not know its devices', { vm: vm.uuid, what, device }); };
  for (const vbd of vm.VBDs) {
    const record = desk.store.get('VBD', vbd), found = disks.find(disk => disk.userdevice === record.userdevice && disk.kind === (record.type === 'CD' ? 'CD' : 'Disk'));
    if (!found) {
      if (record.currently_attached) { differs('VBD is not plugged', record.userdevice); recordUnplugged(desk, vbd); }
      continue;
    }
    if (!record.currently_attached || record.device === '') { differs('VBD is plugged', record.userdevice); recordPlugged(desk, vbd); }
    if (record.type !== 'CD' || found.empty === isNull(record.VDI)) continue;
    differs('CD', record.userdevice);
    if (!found.empty) await desk.engine.changeMedium(vm.uuid, record.userdevice, undefined, true);
    recordEmpty(desk, vbd);
  }
  for (const { userdevice, kind } of disks) {
    if (kind === 'CD' || vm.VBDs.some(vbd => desk.store.get('VBD', vbd).userdevice === userdevice)) continue;
    differs('disk of no VBD', userdevice);
    await desk.engine.detachDisk(vm.uuid, userdevice, desk.stopping);
  }
  for (const vif of vm.VIFs) {
    const { device, currently_attached } = desk.store.get('VIF', vif), plugged = nics.includes(device);
    if (plugged === currently_attached) continue;
    differs(plugged ? 'VIF is plugged' : 'VIF is not plugged', device);
    if (plugged) desk.store.transaction(tx => { tx.set('VIF', vif, { currently_attached: true }); }); else recordVifUnplugged(desk, vif);
  }
  recordVcpus(desk, ref, vcpus);
  recordMemory(desk, ref, (await desk.engine.memory(vm.uuid)).actualBytes);
};
