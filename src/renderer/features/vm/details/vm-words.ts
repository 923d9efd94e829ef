import type { Records, VMRecord } from '../../../../shared/api';

/* What is in a VM's record, in words. */

const DEVICES: Readonly<Record<string, string>> = { c: 'disk', d: 'CD', n: 'network' };
/** HVM_boot_params.order: `cd` -> `disk, then CD`. */
export const orderText = (order: string): string => [...order].map(letter => DEVICES[letter] ?? letter).join(', then ') || 'nothing chosen';
export const firmwareText = (firmware: string): string => (firmware === 'uefi' ? 'UEFI' : 'BIOS');

type GuestMetrics = Records['VM_guest_metrics'];

/** `Debian GNU/Linux 12 (bookworm), kernel 6.1.0`. */
export const osText = (guest: GuestMetrics | undefined): string | undefined => {
  const { name, distro, major, minor, uname } = guest?.os_version ?? {};
  const system = name || [distro, [major, minor].filter(Boolean).join('.')].filter(Boolean).join(' ');
  if (!system) return uname;
  return uname === undefined || uname === '' ? system : `${system}, kernel ${uname}`;
};

export const agentText = (vm: Pick<VMRecord, 'power_state'>, guest: GuestMetrics | undefined): string => {
  if (vm.power_state !== 'Running') return 'only while it runs';
  if (!guest || !(guest.PV_drivers_detected || guest.live)) return 'none answers: addresses and clean shutdown need it';
  const { major, minor, micro } = guest.PV_drivers_version;
  const version = [major, minor, micro].filter(part => part !== undefined && part !== '').join('.');
  return version === '' || version === '-1' ? 'running' : `running, version ${version}`;
};

/** IP addresses as the guest tells them (`0/ip`, `0/ipv4/0`, `0/ipv6/1`), the same one once. */
export const addressesOf = ({ networks }: GuestMetrics): string[] => [...new Set(
  Object.entries(networks).filter(([key]) => /^\d+\/(ip|ipv[46]\/\d+)$/.test(key)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, address]) => address),
)];
/** The addresses of one network card. */
export const addressesOfDevice = (guest: GuestMetrics | undefined, device: string): string[] =>
  (guest ? addressesOf({ ...guest, networks: Object.fromEntries(Object.entries(guest.networks).filter(([key]) => key.startsWith(`${device}/`))) }) : []);
