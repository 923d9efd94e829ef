/* The records of a pool as XCP-ng and XenServer have them: three hosts, twenty VMs in every state, templates without disks, control domains, local and shared
 * storage, classes that our console does not know, and words that no release of today has. */
import { allowedVmOperations } from '../../src/shared/rules/vm-operations';
import type { VmPowerState } from '../../src/shared/api';
import { recordAt, type Release } from './releases';

const GIB = 1024 ** 3;
const NULL = 'OpaqueRef:NULL';
export const HOSTS = ['xcp-1', 'xcp-2', 'xcp-3'] as const;
export interface Kept { cls: string; record: Record<string, unknown> }
export type Records = Map<string, Kept>;
export const refOf = (cls: string, name: string): string => `OpaqueRef:${cls}/${name}`.replaceAll(' ', '-');
export const uuidOf = (name: string): string => {
  const sum = (seed: number): string => [...name].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0) | 0, seed).toString(16).replace('-', '').padStart(8, '0');
  return `${sum(7)}-0000-4000-8000-${sum(11)}${sum(13).slice(0, 4)}`;
};

const PRODUCT = {
  stockholm: { software: { product_brand: 'XCP-ng', product_version: '8.2.1', platform_name: 'XCP', platform_version: '3.2.1', xapi: '1.249', xen: '4.13.1-9.12', linux: '4.19.0+1', build_number: 'release/yangtze', dbv: '0.0.1' }, api: [2, 15] },
  nile: { software: { product_brand: 'XenServer', product_version: '8.4.0', product_version_text: '8', platform_name: 'XCP', platform_version: '3.4.0', xapi: '24.11', xen: '4.17.4-3', linux: '4.19.0+1', build_number: 'cloud', dbv: '2024.0' }, api: [2, 21] },
  own: { software: { product_brand: 'Administrator Console', product_version: '8.4.0', product_version_text: '0.1.0', engine: 'qemu', xapi: '24.11', build_number: '0.1.0' }, api: [2, 21] },
} as const;

/** What hosts let happen to a VM; the last word is one that this console has never heard. */
export const allowedFor = (power_state: string, template = false): string[] =>
  [...allowedVmOperations({ power_state: power_state as VmPowerState, is_a_template: template, is_default_template: template, current: [] }), 'transcend'];

export const poolRecords = (release: Release, addresses: readonly string[]): Records => {
  const records: Records = new Map();
  const put = (cls: string, name: string, fields: Record<string, unknown>): string => {
    const ref = refOf(cls, name);
    records.set(ref, { cls, record: recordAt(release, cls, { uuid: uuidOf(`${cls} ${name}`), ...fields }) });
    return ref;
  };
  const hosts = HOSTS.map(name => refOf('host', name)), [first] = hosts;
  const { software, api } = PRODUCT[release];
  const pbd = (sr: string, host: number): string => put('PBD', `${sr} ${host}`, { host: hosts[host], SR: refOf('SR', sr), currently_attached: true, device_config: {} });
  const vdis = new Map<string, string[]>();
  const sr = (name: string, fields: Record<string, unknown>, on: readonly number[]): void => {
    vdis.set(name, []);
    put('SR', name, { name_label: name, physical_size: 500 * GIB, physical_utilisation: 120 * GIB, allowed_operations: ['scan', 'vdi_create', 'vdi_destroy', 'entangle'], content_type: 'user', ...fields, PBDs: on.map(host => pbd(name, host)), VDIs: vdis.get(name) });
  };
  HOSTS.forEach((name, i) => { sr(`Local storage ${name}`, { type: i === 2 ? 'zfs-ng' : 'ext', shared: false }, [i]); });
  sr('VMs on the NAS', { type: 'nfs', shared: true }, [0, 1, 2]);
  sr('CD images', { type: 'iso', content_type: 'iso', shared: true }, [0, 1, 2]);
  const lan = put('network', 'Pool-wide network associated with eth0', { name_label: 'Pool-wide network associated with eth0', bridge: 'xenbr0', MTU: 1500, managed: true, PIFs: hosts.map((_host, i) => refOf('PIF', `eth0 ${i}`)), VIFs: [] });
  put('network', 'Host internal management network', { name_label: 'Host internal management network', bridge: 'xenapi', MTU: 1500, other_config: { is_guest_installer_network: 'true', is_host_internal_management_network: 'true' } });
  const vms = putVms(put, vdis, lan, hosts);
  HOSTS.forEach((name, i) => {
    put('PIF', `eth0 ${i}`, { device: 'eth0', MAC: `0c:c4:7a:00:00:0${i}`, host: hosts[i], network: lan, MTU: 1500, physical: true, management: true, currently_attached: true, ip_configuration_mode: i === 1 ? 'Telepathy' : 'DHCP', IP: `192.0.2.${11 + i}`, netmask: '255.255.255.0', metrics: put('PIF_metrics', `eth0 ${i}`, { carrier: true, speed: 10_000, duplex: true }) });
    put('host', name, {
      name_label: name, address: addresses[i], hostname: name, enabled: true, edition: release === 'nile' ? 'premium-per-socket' : 'xcp-ng', API_version_major: api[0], API_version_minor: api[1], software_version: { ...software, hostname: name },
      cpu_info: { cpu_count: '32', socket_count: '2', modelname: 'AMD EPYC 7313 16-Core Processor', features_hvm: '' }, metrics: put('host_metrics', name, { memory_total: 256 * GIB, memory_free: (200 - 30 * i) * GIB, live: true }), memory_overhead: 2 * GIB,
      resident_VMs: [refOf('VM', `Control domain on host: ${name}`), ...vms.filter(vm => vm.host === i && vm.up).map(vm => vm.ref)], PBDs: [...records].filter(([, kept]) => kept.cls === 'PBD' && kept.record['host'] === hosts[i]).map(([ref]) => ref), PIFs: [refOf('PIF', `eth0 ${i}`)],
      allowed_operations: ['provision', 'evacuate', 'vm_start', 'levitate'], control_domain: refOf('VM', `Control domain on host: ${name}`), display: 'enabled', logging: {}, other_config: { iscsi_iqn: `iqn.2024-01.com.example:${name}` },
    });
    put('VM', `Control domain on host: ${name}`, { name_label: `Control domain on host: ${name}`, is_control_domain: true, power_state: 'Running', resident_on: hosts[i], affinity: hosts[i], VCPUs_max: 16, VCPUs_at_startup: 16, memory_static_max: 8 * GIB, domid: 0 });
    put('PGPU', name, { host: hosts[i] }); // of a class that we do not know
  });
  put('pool', 'pool', { name_label: 'Rack 4', name_description: 'The pool of the second floor', master: first, default_SR: refOf('SR', 'VMs on the NAS'), ha_enabled: false, other_config: {}, allowed_operations: ['designate_new_master'] });
  return records;
};

const MIB = 1024 ** 2;
const RUNNING = ['web-1', 'web-2', 'web-3', 'db-primary', 'db-replica', 'mail', 'dns-1', 'dns-2', 'ldap', 'wiki', 'git', 'windows-ad'];
const OTHERS: readonly (readonly [string, string])[] = [['build-agent', 'Paused'], ['desktop-7', 'Suspended'], ['old-crm', 'Halted'], ['staging', 'Halted'], ['archive', 'Halted'], ['test-1', 'Halted'], ['test-2', 'Halted'], ['from the future', 'Hibernated']];

type Put = (cls: string, name: string, fields: Record<string, unknown>) => string;
interface Placed { ref: string; host: number; up: boolean }
const putVms = (put: Put, vdis: ReadonlyMap<string, string[]>, network: string, hosts: readonly string[]): Placed[] => {
  const all = [...RUNNING.map(name => [name, 'Running'] as const), ...OTHERS];
  for (const [name, template] of [['Debian Bookworm 12', true], ['Windows Server 2022 (64-bit)', true], ['golden web server', false]] as const) {
    put('VM', name, { name_label: name, is_a_template: true, power_state: 'Halted', allowed_operations: allowedFor('Halted', template), other_config: template ? { default_template: 'true', disks: '<provision><disk device="0" size="10737418240" sr="" bootable="true" type="system"/></provision>' } : {}, HVM_boot_policy: 'BIOS order', is_default_template: template, memory_static_max: 2 * GIB });
  }
  return all.map(([name, power_state], i) => {
    const VM = refOf('VM', name), host = i % 3, up = power_state === 'Running' || power_state === 'Paused';
    const local = i % 4 === 0, sr = local ? `Local storage ${HOSTS[host] ?? ''}` : 'VMs on the NAS';
    const vdi = put('VDI', `${name} disk`, { name_label: `${name} 0`, SR: refOf('SR', sr), virtual_size: (10 + i) * GIB, physical_utilisation: 4 * GIB, type: i === 3 ? 'holographic' : 'user', managed: true, VBDs: [refOf('VBD', `${name} disk`)], allowed_operations: ['snapshot', 'clone'], location: uuidOf(`VDI ${name}`) });
    vdis.get(sr)?.push(vdi);
    const metrics = put('VM_metrics', name, { memory_actual: up ? 4 * GIB : 0, VCPUs_number: 2, start_time: up ? '20261101T08:00:00Z' : '19700101T00:00:00Z' });
    const ref = put('VM', name, {
      name_label: name, name_description: i === 4 ? 'Replica of db-primary; do not restart both at once' : '', power_state, allowed_operations: allowedFor(power_state), is_a_template: false, resident_on: up ? hosts[host] : NULL, affinity: name === 'old-crm' ? hosts[2] : NULL,
      VCPUs_max: 2, VCPUs_at_startup: 2, memory_static_max: 4 * GIB, memory_dynamic_max: 4 * GIB, memory_dynamic_min: 4 * GIB, memory_static_min: 512 * MIB, HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'cd', firmware: 'uefi' }, HVM_shadow_multiplier: i === 5 ? Number.NaN : 1, domain_type: i === 6 ? 'pvh_in_hv' : 'hvm', metrics,
      VBDs: [put('VBD', `${name} disk`, { VM, VDI: vdi, userdevice: '0', device: 'xvda', type: 'Disk', mode: 'RW', bootable: true, currently_attached: up })], VIFs: [put('VIF', name, { VM, network, device: '0', MAC: `0c:c4:7a:01:00:${i.toString(16).padStart(2, '0')}`, MTU: 1500, currently_attached: up, locking_mode: 'network_default' })],
      guest_metrics: power_state === 'Running' ? put('VM_guest_metrics', name, { os_version: { name: 'Debian GNU/Linux 12 (bookworm)', distro: 'debian' }, networks: { '0/ip': `192.0.2.${100 + i}`, '0/ipv4/0': `192.0.2.${100 + i}` }, PV_drivers_detected: true, live: true }) : NULL,
      consoles: up ? [put('console', name, { protocol: 'rfb', VM, location: '' })] : [], platform: { 'device-model': 'qemu-upstream-compat', 'vga': 'std' }, actions_after_crash: 'restart', tags: i % 5 === 0 ? ['production'] : [], reference_label: 'debian-bookworm', domid: up ? i + 1 : -1,
    });
    return { ref, host, up };
  });
};
