/* What the screens for storage, networks and the host show in the demo: every state that has a look of its own. */
import type { Ref } from '../../src/shared/api';
import type { DemoBridge } from '../../tests/renderer/demo-bridge';
import { put, refOf } from '../../tests/renderer/demo-records';

const GIB = 1024 ** 3;
const NULL = 'OpaqueRef:NULL' as Ref<never>;

export const addStorageRecords = ({ host }: DemoBridge): void => {
  const { world } = host;
  host.change('host', refOf('host', 'host'), { API_version_vendor: 'Administrator Console', memory_overhead: GIB });
  const sm = (type: string, name: string, configuration: Record<string, string>, other_config: Record<string, string>, capabilities: string[] = ['VDI_CREATE']): void => { put(world, 'SM', type, { type, name_label: name, configuration, other_config, capabilities }); };
  sm('dir', 'Local directory', { location: 'the folder, an absolute path' }, { 'content-type': 'user', shared: 'false' });
  sm('nfs', 'NFS', { server: 'name or address', serverpath: 'exported path', 'nfsversion?': '3 or 4' }, { 'content-type': 'user', shared: 'true' }, ['SR_PROBE']);
  sm('iscsi', 'iSCSI LUNs', { target: 'address of the portal', 'port?': 'TCP port of the portal, 3260 if not given', targetIQN: 'name of the target', 'chapuser?': 'user name, where the target asks for one', 'chappassword?': 'its password' }, { shared: 'true', 'secret-keys': 'chappassword' }, ['SR_PROBE']);
  sm('iso', 'ISO library', { location: 'the folder' }, { 'content-type': 'iso', shared: 'false' });
  sm('lvm', 'LVM volumes', { device: 'the disks' }, { lacks: 'the kernel has no device mapper (module dm_mod)' });
  host.change('SR', refOf('SR', 'local'), { allowed_operations: ['scan', 'unplug', 'plug', 'vdi_create', 'vdi_resize', 'vdi_destroy', 'vdi_clone'], tags: ['fast'] });
  host.change('SR', refOf('SR', 'isos'), { allowed_operations: ['scan', 'vdi_create'] });
  host.change('SR', refOf('SR', 'slow'), { allowed_operations: ['plug', 'forget'] });
  host.change('PBD', refOf('PBD', 'slow'), { device_config: { server: '192.0.2.40', serverpath: '/export/vms', password_secret: 'x' } });
  host.answers.set('SR.probe_ext', () => [
    { configuration: { server: '192.0.2.40', serverpath: '/export/vms' }, complete: true, sr: { uuid: 'f0e1', name_label: 'Old NAS', total_space: 2048 * GIB, free_space: 1148 * GIB }, extra_info: { label: '192.0.2.40:/export/vms' } },
    { configuration: { server: '192.0.2.40', serverpath: '/export/new' }, complete: true, extra_info: { label: '192.0.2.40:/export/new, 4 TiB' } },
  ]);
  host.answers.set('host.call_plugin', () => JSON.stringify({ internal: '', nat: '', bridge: '', vlan: 'the kernel has no VLANs (module 8021q)', bond: '' }));
  const nic = (name: string, metrics: { carrier: boolean; speed: number }, fields: object): Ref<'PIF'> => put(world, 'PIF', name, {
    device: name, MAC: `02:16:3e:00:00:0${name.at(-1) ?? '0'}`, physical: true, VLAN: -1, currently_attached: true, host: refOf('host', 'host'), bond_slave_of: NULL, bond_master_of: [], VLAN_master_of: NULL, IPv6: [],
    metrics: put(world, 'PIF_metrics', name, { ...metrics, vendor_name: 'Intel', device_name: 'X710' }), ...fields,
  });
  const lan = put(world, 'network', 'lan', { name_label: 'Network of eth1', name_description: 'The office', MTU: 1500, bridge: 'xenbr0', managed: true, tags: ['office'], other_config: { kind: 'bridge', automatic: 'true' } });
  nic('eth0', { carrier: true, speed: 10_000 }, { management: true, network: refOf('network', 'nat'), IP: '192.0.2.7', netmask: '255.255.255.0', ip_configuration_mode: 'DHCP' });
  const eth1 = nic('eth1', { carrier: true, speed: 1_000 }, { network: lan });
  nic('eth2', { carrier: false, speed: 0 }, { network: lan, currently_attached: false });
  host.change('network', lan, { PIFs: [eth1] });
  host.change('network', refOf('network', 'nat'), { other_config: { kind: 'user', automatic: 'true' } });
  put(world, 'message', 'sr', { name: 'SR_ALMOST_FULL', priority: 3, cls: 'SR', obj_uuid: (host.world.get(refOf('SR', 'local'))?.record as { uuid: string }).uuid, timestamp: '20260304T08:15:00Z', body: 'Less than 10 % of the space is free.' });
};
