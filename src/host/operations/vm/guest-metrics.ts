import { isNull, nullRef, type Records, type Ref } from '../../../shared/api';
import type { GuestFacts, MemoryFacts } from '../../engine/contract';
import type { Transaction } from '../../store/contract';
import { datetime } from '../datetime';

/* VM_guest_metrics: what is known of the inside of a VM that runs. From its agent; without one, what DHCP and ARP show of its network cards.
 * It is there from the first thing known until the VM is halted. */

export interface Known {
  /** Undefined: no agent answers. */
  facts: GuestFacts | undefined;
  memory: MemoryFacts | undefined;
  /** By MAC. */
  addresses: ReadonlyMap<string, readonly string[]>;
}

/** Writes only what is new. */
export const recordGuest = (tx: Transaction, ref: Ref<'VM'>, { facts, memory, addresses }: Known, now: number): void => {
  const vm = tx.find('VM', ref);
  if (!vm) return;
  const networks = networksOf(vm.VIFs.map(vif => tx.get('VIF', vif)), facts, addresses);
  const fields: Partial<Records['VM_guest_metrics']> = {
    live: facts !== undefined, networks, memory: memoryOf(memory),
    ...(facts ? {
      os_version: osOf(facts), PV_drivers_version: versionOf(facts.agentVersion), PV_drivers_up_to_date: true, PV_drivers_detected: true, can_use_hotplug_vbd: 'yes', can_use_hotplug_vif: 'yes',
      disks: Object.fromEntries((facts.filesystems ?? []).map(({ mountpoint, usedBytes, totalBytes }) => [mountpoint, `${usedBytes}/${totalBytes}`])),
      other: { ...(facts.hostname === undefined ? {} : { hostname: facts.hostname }), 'agent-version': facts.agentVersion },
    } : {}),
  };
  const known = isNull(vm.guest_metrics) ? undefined : tx.find('VM_guest_metrics', vm.guest_metrics);
  if (!known) {
    if (facts || memory?.guest || Object.keys(networks).length > 0) tx.set('VM', ref, { guest_metrics: tx.create('VM_guest_metrics', { ...fields, last_updated: datetime(now) }) });
    return;
  }
  const changed = Object.entries(fields).some(([field, value]) => JSON.stringify(known[field as keyof typeof known]) !== JSON.stringify(value));
  if (!changed) return;
  tx.set('VM_guest_metrics', vm.guest_metrics, { ...fields, last_updated: datetime(now) });
  if (known.live !== fields.live) tx.touch('VM', ref); // what is allowed depends on it
};

export const dropGuestMetrics = (tx: Transaction, ref: Ref<'VM'>): void => {
  const { guest_metrics } = tx.get('VM', ref);
  if (isNull(guest_metrics)) return;
  tx.set('VM', ref, { guest_metrics: nullRef<'VM_guest_metrics'>() });
  if (tx.find('VM_guest_metrics', guest_metrics)) tx.destroy('VM_guest_metrics', guest_metrics);
};

/** `0/ip`, and all of them: `0/ipv4/0`, `0/ipv6/1`. The number is the VIF's device. */
const networksOf = (vifs: readonly Readonly<Records['VIF']>[], facts: GuestFacts | undefined, seen: Known['addresses']): Record<string, string> => Object.fromEntries(vifs
  .toSorted((a, b) => Number(a.device) - Number(b.device))
  .flatMap(({ device, MAC }) => {
    const mac = MAC.toLowerCase();
    const all = facts ? facts.interfaces.filter(one => one.mac === mac).flatMap(one => one.addresses) : seen.get(mac) ?? [];
    const v4 = all.filter(one => !one.includes(':')), v6 = all.filter(one => one.includes(':')), [first] = v4;
    return [
      ...(first === undefined ? [] : [[`${device}/ip`, first] as const]),
      ...v4.map((one, i) => [`${device}/ipv4/${i}`, one] as const), ...v6.map((one, i) => [`${device}/ipv6/${i}`, one] as const),
    ];
  }));

const osOf = ({ os }: GuestFacts): Record<string, string> => {
  if (!os) return {};
  const [major = '', minor = ''] = os.version.split('.');
  return { name: os.name, distro: os.id, ...(major === '' ? {} : { major }), ...(minor === '' ? {} : { minor }), uname: os.kernel };
};

const versionOf = (version: string): Record<string, string> => {
  const [major = '0', minor = '0', micro = '0'] = version.split('.');
  return { major, minor, micro };
};

/** XenAPI's guests tell KiB. In MiB steps: a guest's free memory is never the same twice. */
const STEP_BYTES = 1024 * 1024, STEP_KIB = 1024;
const memoryOf = (memory: MemoryFacts | undefined): Record<string, string> => {
  if (!memory?.guest) return {};
  const { totalBytes, freeBytes, availableBytes } = memory.guest, text = (bytes: number): string => String(Math.round(bytes / STEP_BYTES) * STEP_KIB);
  return { total: text(totalBytes), free: text(freeBytes), ...(availableBytes === undefined ? {} : { available: text(availableBytes) }) };
};
