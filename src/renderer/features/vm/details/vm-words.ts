import type { Records, VMRecord } from '../../../../shared/api';

/* What is in a VM's record, in words. */

export const vcpusText = ({ VCPUs_max: max, VCPUs_at_startup: start }: VMRecord): string => (max === start ? String(max) : `${start} at start, at most ${max}`);

const DEVICES: Readonly<Record<string, string>> = { c: 'disk', d: 'CD', n: 'network' };
export const bootText = (vm: VMRecord): string => {
  if (vm.HVM_boot_policy === '') return vm.PV_kernel === '' ? 'boot loader from disk' : `kernel ${vm.PV_kernel}`;
  const firmware = vm.HVM_boot_params['firmware'] === 'uefi' ? 'UEFI' : 'BIOS';
  const order = [...vm.HVM_boot_params['order'] ?? ''].map(letter => DEVICES[letter] ?? letter);
  return order.length === 0 ? firmware : `${firmware}, from ${order.join(', then ')}`;
};

/** IP addresses as the guest tells them (`0/ip`, `0/ipv4/0`, `0/ipv6/1`), the same one once. */
export const addressesOf = ({ networks }: Records['VM_guest_metrics']): string[] => [...new Set(
  Object.entries(networks).filter(([key]) => /^\d+\/(ip|ipv[46]\/\d+)$/.test(key)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, address]) => address),
)];
/** The addresses of one network card. */
export const addressesOfDevice = (guest: Records['VM_guest_metrics'] | undefined, device: string): string[] =>
  (guest ? addressesOf({ ...guest, networks: Object.fromEntries(Object.entries(guest.networks).filter(([key]) => key.startsWith(`${device}/`))) }) : []);
