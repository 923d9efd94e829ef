import { randomUUID } from 'node:crypto';
import { ApiError, isNull, nullRef, type Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import type { Transaction } from '../../store/contract';
import type { CallContext } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { NAT_NETWORK_BRIDGE } from '../host/bootstrap';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { release } from '../vdi/lineage';
import { closeIntents, makeVdiStep, recordVdi, repositoryOf, roundSize } from '../vdi/make';
import { freshMac } from '../vif/devices';
import { dropVm } from '../vm/destroy';
import type { Description } from './description';
import { blockedWhile, chunksOf, forgetTransfer, keepTransfer, vdisOf, vmOf, type Transfer } from './kept';

/* The virtual machine that a physical one comes into: made before its first byte, and taken away with all its disks when it does not come. */

export interface Place { sr: Ref<'SR'>; network: Ref<'network'> }

/** @param wish uuids, or empty for what this host takes by itself */
export const placeOf = (desk: Desk, wish: { sr: string; network: string }): Place => {
  const sr = wish.sr !== '' ? desk.store.byUuid('SR', wish.sr) : [...desk.store.all('pool').values()][0]?.default_SR ?? nullRef<'SR'>();
  if (isNull(sr)) throw new ApiError('DEFAULT_SR_NOT_FOUND', sr);
  if (desk.store.get('SR', sr).content_type === 'iso') throw new ApiError('SR_OPERATION_NOT_SUPPORTED', sr);
  const nat = [...desk.store.all('network')].find(([, { bridge }]) => bridge === NAT_NETWORK_BRIDGE)?.[0];
  return { sr, network: wish.network !== '' ? desk.store.byUuid('network', wish.network) : nat ?? nullRef<'network'>() };
};

export const makeVm = async (desk: Desk, context: CallContext, description: Description, place: Place, transfer: Transfer, shown: Readonly<Record<string, string>>): Promise<void> => {
  const { freeBytes } = await repositoryOf(desk, place.sr).space(), usedBytes = description.disks.reduce((sum, disk) => sum + disk.usedBytes, 0);
  if (usedBytes > freeBytes) throw new ApiError('SR_FULL', String(usedBytes), String(freeBytes));
  const stored = new Map<string, StoredVdi>(), nameOf = (index: number): string => `${description.name} ${index}`;
  await runPlan([
    { name: 'announce', weight: 1, do: () => { keepTransfer(desk, transfer); }, undo: () => { forgetTransfer(desk, transfer.id); } },
    ...transfer.disks.map(({ vdiUuid: uuid, sizeBytes }, index) => makeVdiStep(desk, {
      uuid, sr: place.sr, name: nameOf(index), operation: 'create',
      make: repository => repository.create({ uuid, name: nameOf(index), virtualSizeBytes: roundSize(sizeBytes), format: 'qcow2' }), made: vdi => { stored.set(uuid, vdi); },
    }, 10)),
    {
      name: 'record', weight: 1,
      do: () => {
        desk.store.transaction(tx => {
          const vm = recordVm(tx, description, transfer.vmUuid, { ...shown, 'p2v-heard': datetime(desk.now()) });
          transfer.disks.forEach(({ vdiUuid }, index) => {
            const vdi = stored.get(vdiUuid);
            if (!vdi) return;
            const VDI = recordVdi(tx, place.sr, vdi, { name_label: nameOf(index), name_description: `was ${description.disks[index]?.name ?? ''}`, type: index === 0 ? 'system' : 'user' });
            tx.create('VBD', { VM: vm, VDI, userdevice: String(index), bootable: index === 0, mode: 'RW', type: 'Disk', unpluggable: true, empty: false, qos_supported_algorithms: ['ratelimit'] });
          });
          recordNics(tx, vm, description, place.network);
        });
      },
    },
    closeIntents(desk, () => transfer.disks.map(disk => disk.vdiUuid)),
  ], { of: 'P2V.open', signal: context.task.signal, progress: context.task.progress, log: desk.log });
  await refreshSpace(desk, place.sr);
};

export const newTransfer = (desk: Desk, description: Description, token: string): Transfer => ({
  id: randomUUID(), vmUuid: randomUUID(), token, identity: description.identity, firmware: description.firmware, state: 'receiving', heardAt: desk.now(), nics: description.nics,
  disks: description.disks.map(({ sizeBytes, usedBytes }) => ({ vdiUuid: randomUUID(), sizeBytes, usedBytes, done: Buffer.alloc(Math.ceil(chunksOf(sizeBytes) / 8)).toString('base64') })),
});

const recordVm = (tx: Transaction, { name, model, memoryBytes, vcpus, firmware, systems }: Description, uuid: string, other_config: Record<string, string>): Ref<'VM'> => tx.create('VM', {
  uuid, name_label: name, name_description: `brought in from ${model === '' ? 'a physical machine' : model}`, power_state: 'Halted', user_version: 1, domid: -1,
  memory_static_min: memoryBytes, memory_dynamic_min: memoryBytes, memory_dynamic_max: memoryBytes, memory_static_max: memoryBytes, memory_target: memoryBytes,
  VCPUs_max: vcpus, VCPUs_at_startup: vcpus, actions_after_shutdown: 'destroy', actions_after_reboot: 'restart', actions_after_crash: 'restart',
  HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'cd', firmware }, HVM_shadow_multiplier: 1, domain_type: 'hvm', has_vendor_device: false,
  platform: { acpi: '1', apic: 'true', pae: 'true', nx: 'true', ...(systems.some(system => system.kind === 'windows') ? { viridian: 'true' } : {}) },
  blocked_operations: blockedWhile('it is being brought in: wait until it has come, or call it off'), other_config,
  metrics: tx.create('VM_metrics', {}), resident_on: nullRef<'host'>(), suspend_VDI: nullRef<'VDI'>(), guest_metrics: nullRef<'VM_guest_metrics'>(),
});

/** As many as it had, with the addresses that they had unless another VM of this host has them. */
const recordNics = (tx: Transaction, VM: Ref<'VM'>, { nics }: Description, network: Ref<'network'>): void => {
  if (isNull(network)) return;
  nics.forEach(({ mac }, index) => {
    const taken = mac === '' || [...tx.all('VIF').values()].some(vif => vif.MAC === mac);
    tx.create('VIF', { VM, network, device: String(index), MAC: taken ? freshMac(tx) : mac, MAC_autogenerated: taken, MTU: 1500, locking_mode: 'network_default', qos_supported_algorithms: ['ratelimit'] });
  });
};

/** Everything that was made for it goes. Killed in between, the next start goes on with it. */
export const takeAway = async (desk: Desk, transfer: Transfer): Promise<void> => {
  keepTransfer(desk, { ...transfer, state: 'leaving' });
  const vm = vmOf(desk, transfer);
  for (const vdi of vdisOf(desk, transfer)) {
    const { SR: sr } = desk.store.get('VDI', vdi);
    await release(desk, vdi);
    await refreshSpace(desk, sr);
  }
  if (vm !== undefined) desk.store.transaction(tx => { dropVm(tx, vm); });
  forgetTransfer(desk, transfer.id);
  desk.log.info('a machine that did not come is taken away', { vm: transfer.vmUuid });
};
