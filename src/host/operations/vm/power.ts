import { randomUUID } from 'node:crypto';
import { isNull, nullRef, type Records, type Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import type { Services } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { engineLacks, numberedDisk } from '../host/engine-lacks';
import { dropGuestMetrics } from './guest-metrics';
import { bootVbds } from './spec';

/* How a VM's records look when its machine runs, and when it is gone. Both are idempotent: an operation and the engine's
 * own announcement may both say so. */

export const theHost = (tx: Pick<Transaction, 'all'>): Ref<'host'> => [...tx.all('host').keys()][0] ?? nullRef<'host'>();

/** What a guest can take hold of at its start, before its balloon driver gives anything back. Host memory is counted by it. */
export const bootMemoryBytes = (vm: Readonly<Records['VM']>): number => vm.memory_static_max;

export const consoleLocation = (identity: Services['identity'], uuid: string): string => {
  const host = identity.address.includes(':') ? `[${identity.address}]` : identity.address;
  return `https://${host}${identity.port === 443 ? '' : `:${identity.port}`}/console?uuid=${uuid}`;
};

/** @param fresh it has just been started, also by a reboot that ends one machine and starts the next */
export const recordRunning = (desk: Desk, tx: Transaction, ref: Ref<'VM'>, state: 'Running' | 'Paused', fresh: boolean): void => {
  const vm = tx.get('VM', ref);
  const host = theHost(tx);
  tx.set('VM', ref, {
    power_state: state, resident_on: host, ...(fresh ? { domid: nextDomid(tx), memory_target: vm.memory_dynamic_max } : vm.domid < 0 ? { domid: nextDomid(tx) } : {}),
  });
  // One that ran already may have others plugged in and out: device/reconcile.ts asks it.
  if (fresh) attachAll(tx, vm);
  if (fresh) recordMetrics(desk, tx, tx.get('VM', ref));
  recordConsoles(desk, tx, ref);
};

/** Consoles carry the address, and that may be another one after a restart of the service. */
export const recordConsoles = (desk: Desk, tx: Transaction, ref: Ref<'VM'>): void => {
  const present = tx.get('VM', ref).consoles.map(console => [console, tx.get('console', console)] as const);
  for (const protocol of bootsKernel(tx.get('VM', ref)) && engineLacks(tx, 'pv-display') ? ['vt100'] as const : ['rfb', 'vt100'] as const) {
    const found = present.find(([, console]) => console.protocol === protocol);
    const uuid = found?.[1].uuid ?? randomUUID();
    const location = consoleLocation(desk.identity, uuid);
    if (!found) tx.create('console', { uuid, protocol, location, VM: ref });
    else if (found[1].location !== location) tx.set('console', found[0], { location });
  }
};

export const recordHalted = (tx: Transaction, ref: Ref<'VM'>): void => {
  const vm = tx.get('VM', ref);
  if (vm.power_state !== 'Halted') tx.set('VM', ref, { power_state: 'Halted', resident_on: nullRef<'host'>(), domid: -1, suspend_VDI: nullRef<'VDI'>() });
  for (const vbd of vm.VBDs) {
    const { currently_attached, device } = tx.get('VBD', vbd);
    if (currently_attached || device !== '') tx.set('VBD', vbd, { currently_attached: false, device: '' });
  }
  for (const vif of vm.VIFs) if (tx.get('VIF', vif).currently_attached) tx.set('VIF', vif, { currently_attached: false });
  for (const console of vm.consoles) tx.destroy('console', console);
  dropGuestMetrics(tx, ref);
  if (!isNull(vm.metrics) && tx.get('VM_metrics', vm.metrics).state.length > 0) tx.set('VM_metrics', vm.metrics, { state: [], memory_actual: 0 });
};

/** Its disks and network cards stay its own: it comes back to exactly these. */
export const recordSuspended = (tx: Transaction, ref: Ref<'VM'>, image: Ref<'VDI'>): void => {
  tx.set('VM', ref, { power_state: 'Suspended', suspend_VDI: image, resident_on: nullRef<'host'>(), domid: -1 });
  for (const console of tx.get('VM', ref).consoles) tx.destroy('console', console);
};

/** The machine is gone: its network ends too. */
export const settleHalted = async (desk: Desk, ref: Ref<'VM'>): Promise<void> => {
  if (!desk.store.find('VM', ref)) return;
  desk.store.transaction(tx => { recordHalted(tx, ref); });
  desk.traffic.tidy?.(); // its disks are open no more
  await unplugVifs(desk, ref);
};

export const unplugVifs = async (desk: Desk, ref: Ref<'VM'>): Promise<void> => {
  const vm = desk.store.find('VM', ref);
  for (const vif of vm?.VIFs ?? []) {
    const device = desk.store.find('VIF', vif)?.device;
    if (vm === undefined || device === undefined) continue;
    try { await desk.networks.unplug({ vmUuid: vm.uuid, device }); } catch (error) {
      desk.log.warn('VIF not unplugged', { vm: vm.uuid, device, why: messageOf(error) });
    }
  }
};

const attachAll = (tx: Transaction, vm: Readonly<Records['VM']>): void => {
  const vbds = bootVbds(tx, vm, false);
  vbds.filter(([, { type }]) => type === 'Disk').forEach(([vbd, { userdevice }], i) => attach(tx, vbd, numberedDisk(tx, userdevice) ?? `vd${String.fromCharCode('a'.charCodeAt(0) + i)}`));
  vbds.filter(([, { type }]) => type === 'CD').forEach(([vbd, { userdevice }], i) => attach(tx, vbd, numberedDisk(tx, userdevice) ?? `sr${i}`));
  for (const vif of vm.VIFs) if (!tx.get('VIF', vif).currently_attached) tx.set('VIF', vif, { currently_attached: true });
};

/** @param device what Linux calls it, as virtio disks and CDs are found in this order */
const attach = (tx: Transaction, ref: Ref<'VBD'>, device: string): void => {
  const vbd = tx.get('VBD', ref);
  if (!vbd.currently_attached || vbd.device !== device) tx.set('VBD', ref, { currently_attached: true, device });
};

const recordMetrics = (desk: Desk, tx: Transaction, vm: Readonly<Records['VM']>): void => {
  if (isNull(vm.metrics)) return;
  const now = datetime(desk.now());
  const direct = bootsKernel(vm);
  tx.set('VM_metrics', vm.metrics, {
    memory_actual: bootMemoryBytes(vm), VCPUs_number: vm.VCPUs_at_startup, start_time: now, last_updated: now, state: ['running'],
    hvm: !direct, current_domain_type: direct ? engineLacks(tx, 'pv-display') ? 'pv' : 'pvh' : 'hvm',
  });
};

const bootsKernel = (vm: Readonly<Records['VM']>): boolean => vm.HVM_boot_policy === '' && vm.PV_kernel !== '';

const nextDomid = (tx: Transaction): number => 1 + Math.max(0, ...[...tx.all('VM').values()].map(vm => vm.domid));
