import { randomUUID } from 'node:crypto';
import { isNull, nullRef, type Records, type Ref } from '../../../shared/api';
import type { EngineFacts } from '../../engine/contract';
import type { NetworkKind } from '../../network/contract';
import type { Transaction } from '../../store/contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { settleEdition } from '../licence/standing';
import { recordConsoles, theHost } from '../vm/power';
import { lacksField } from './engine-lacks';
import { HOST_RESERVED_BYTES, refreshHostMetrics } from './memory';

/* The first start makes the pool, this host, its local storage and its network; every start says anew what may have
 * changed since: version, address, engine, processors. Records are complete, or clients learn wrong field lists. */

/** The XenServer whose API is spoken: clients choose by it what they call. */
const CLAIMED_PRODUCT_VERSION = '8.4.0';
const CLAIMED_API = { major: 2, minor: 21 };
const CLAIMED_XAPI = '1.20';
export const NAT_NETWORK_BRIDGE = 'nat0';
const FIRST_SUBNET = '10.87.0.1/24';

/** @param localSrPath where the local storage of a new host goes, by the SR's uuid */
export const bootstrap = async (desk: Desk, localSrPath: (uuid: string) => string): Promise<void> => {
  const facts = await desk.engine.facts();
  desk.log.info('engine', { ...facts });
  const seesInterfaces = (await desk.networks.interfaces()).length > 0; // then a scan tells more of them (pif/scan.ts)
  // QEMU's own network needs no rights; an engine without it has the kernel's, where this machine can.
  const kind = facts.lacks?.['user-network'] === undefined ? 'user' : await desk.networks.lacks('nat') === '' ? 'nat' : 'internal';
  const setting = 'host.local-sr-made', localSr = randomUUID();
  const isFirst = desk.store.all('SR').size === 0 && desk.store.setting(setting) === undefined;
  if (isFirst) await desk.storageDrivers.get('dir')?.prepare?.({ location: localSrPath(localSr) }, localSr);
  desk.store.transaction(tx => {
    const host = isNull(theHost(tx)) ? makeHost(tx, desk) : theHost(tx);
    if (tx.all('pool').size === 0) makePool(tx, host);
    const network = findNetwork(tx) ?? makeNetwork(tx, kind);
    if (isFirst) makeLocalStorage(tx, host, localSr, localSrPath(localSr));
    tx.set('host', host, hostFields(tx, desk, facts, tx.get('host', host)));
    if (!seesInterfaces) settleUplink(tx, desk, host, network);
  });
  desk.store.setSetting(setting, 'yes'); // who forgets it later means it
  settleEdition(desk);
  refreshHostMetrics(desk);
};

/** Where the service listens is known only when it does: the records that carry the address follow. */
export const publishAddress = (desk: Desk): void => {
  desk.store.transaction(tx => {
    const host = theHost(tx);
    if (tx.get('host', host).address !== desk.identity.address) tx.set('host', host, { address: desk.identity.address });
    for (const [vm, { power_state }] of tx.all('VM')) if (power_state === 'Running' || power_state === 'Paused') recordConsoles(desk, tx, vm);
  });
};

const makeHost = (tx: Transaction, desk: Desk): Ref<'host'> => {
  const metrics = tx.create('host_metrics', { live: true });
  const { hostname } = desk.hardware();
  return tx.create('host', { name_label: hostname, metrics, enabled: true, edition: 'express', other_config: {}, display: 'enabled', sched_policy: 'credit' });
};

const makePool = (tx: Transaction, master: Ref<'host'>): void => {
  tx.create('pool', { master, default_SR: nullRef<'SR'>(), suspend_image_SR: nullRef<'SR'>(), crash_dump_SR: nullRef<'SR'>(), other_config: {} });
};

const findNetwork = (tx: Transaction): Ref<'network'> | undefined => [...tx.all('network')].find(([, network]) => network.bridge === NAT_NETWORK_BRIDGE)?.[0];

const makeNetwork = (tx: Transaction, kind: NetworkKind): Ref<'network'> => tx.create('network', {
  name_label: 'NAT network', name_description: 'Each virtual machine reaches out through this host and is not reached from outside',
  bridge: NAT_NETWORK_BRIDGE, managed: true, MTU: 1500, other_config: { kind, automatic: 'true', ...(kind === 'nat' ? { subnet: FIRST_SUBNET } : {}) },
});

const makeLocalStorage = (tx: Transaction, host: Ref<'host'>, uuid: string, location: string): void => {
  const SR = tx.create('SR', { uuid, name_label: 'Local storage', name_description: 'Disk images on this host', type: 'dir', content_type: 'user', other_config: { 'i18n-key': 'local-storage' } });
  tx.create('PBD', { host, SR, device_config: { location }, currently_attached: false });
  for (const pool of tx.all('pool').keys()) tx.set('pool', pool, { default_SR: SR });
};

const hostFields = (tx: Transaction, desk: Desk, facts: EngineFacts, now: Readonly<Records['host']>): Partial<Records['host']> => {
  const { hostname, cpus } = desk.hardware();
  const { brand, version, address } = desk.identity;
  const engine = { engine: facts.name, engine_version: facts.version, accelerator: facts.accelerator, accelerator_reason: facts.acceleratorReason, ...lacksField(facts) };
  const cpu = { cpu_count: String(cpus.count), socket_count: '1', threads_per_core: '1', vendor: cpus.vendor, speed: String(cpus.speedMhz), modelname: cpus.model, flags: cpus.flags, features: '' };
  for (const pool of tx.all('pool').keys()) tx.set('pool', pool, { cpu_info: { cpu_count: cpu.cpu_count, socket_count: '1', vendor: cpu.vendor, features: '' } });
  return {
    hostname, address, API_version_major: CLAIMED_API.major, API_version_minor: CLAIMED_API.minor, API_version_vendor: 'Administrator Console', API_version_vendor_implementation: {},
    software_version: {
      product_brand: brand, product_version: CLAIMED_PRODUCT_VERSION, product_version_text: version, build_number: version, hostname, date: datetime(desk.now()).slice(0, 8),
      xapi: CLAIMED_XAPI, dbv: '0.0.1', platform_name: 'Administrator Console', platform_version: version, ...engine,
    },
    other_config: { ...now.other_config, agent_start_time: String(Math.floor(desk.now() / 1000)) },
    capabilities: ['hvm-3.0-x86_32', 'hvm-3.0-x86_64', 'hvm'], cpu_info: cpu, cpu_configuration: {}, supported_bootloaders: [], memory_overhead: HOST_RESERVED_BYTES,
    license_server: { address: 'localhost', port: '27000' }, bios_strings: {}, chipset_info: { iommu: 'false' }, virtual_hardware_platform_versions: [0, 1, 2],
  };
};

/** The interface that the host is reached by. NAT traffic leaves through it too, so it belongs to that network. */
const settleUplink = (tx: Transaction, desk: Desk, host: Ref<'host'>, network: Ref<'network'>): void => {
  const { uplink } = desk.hardware();
  const known = [...tx.all('PIF')].find(([, pif]) => pif.management)?.[0];
  if (!uplink) { if (known !== undefined) tx.set('PIF', known, { currently_attached: false, IP: '', netmask: '' }); return; }
  const fields: Partial<Records['PIF']> = {
    device: uplink.device, MAC: uplink.mac, IP: uplink.address, netmask: uplink.netmask, MTU: 1500, VLAN: -1, host, network, management: true, physical: true,
    currently_attached: true, managed: false, ip_configuration_mode: 'None', disallow_unplug: true,
  };
  if (known === undefined) tx.create('PIF', { ...fields, metrics: tx.create('PIF_metrics', { carrier: true, last_updated: datetime(desk.now()) }) }); else tx.set('PIF', known, fields);
};
