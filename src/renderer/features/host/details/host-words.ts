import type { HostRecord } from '../../../../shared/api';

/* What runs the VMs of a host, as its record tells it. Foreign hosts tell less. */

type Facts = Pick<HostRecord, 'software_version' | 'other_config' | 'capabilities'>;
const fact = ({ software_version: version, other_config: config }: Facts, ...keys: string[]): string | undefined => {
  for (const key of keys) {
    const value = version[key] ?? config[key];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
};

export const engineOf = (host: Facts): string => {
  const name = fact(host, 'engine') ?? (fact(host, 'xen') !== undefined ? 'xen' : undefined);
  if (name === undefined) return 'not told by the host';
  const version = fact(host, 'engine_version', `${name}_version`, name);
  return [name === 'qemu' ? 'QEMU' : name === 'xen' ? 'Xen' : name, version].filter(Boolean).join(' ');
};

const ACCELERATORS: Readonly<Record<string, string>> = {
  kvm: 'Hardware (KVM)', xen: 'Hardware (Xen)', tcg: 'None: VMs are emulated in software (TCG), which is slow',
};
export const acceleratorOf = (host: Facts): { text: string; reason: string } => {
  const name = fact(host, 'accelerator');
  if (name === undefined) return { text: fact(host, 'xen') !== undefined ? 'Hardware (Xen)' : 'not told by the host', reason: '' };
  return { text: ACCELERATORS[name] ?? name, reason: fact(host, 'accelerator_reason') ?? '' };
};

const SHOWN_ELSEWHERE = new Set(['product_brand', 'product_version_text', 'engine', 'engine_version', 'engine_lacks', 'accelerator', 'accelerator_reason', 'qemu', 'xen', 'qemu_version', 'xen_version']);
/** In the order in which they are shown; what a host tells beyond that follows, under the name that it gives it. */
const VERSIONS: Readonly<Record<string, string>> = {
  hostname: 'Host name', platform_name: 'Platform', platform_version: 'Platform version', product_version: 'Product version', product_version_text_short: 'Product version, short', build_number: 'Build',
  build_id: 'Build identifier', date: 'Built on', xapi: 'XAPI', xapi_build: 'XAPI build', dbv: 'Database version', db_schema: 'Database schema', linux: 'Linux kernel', network_backend: 'Network back end',
  xencenter_min: 'Oldest XenCenter', xencenter_max: 'Newest XenCenter', git_id: 'Source revision', xen_livepatches: 'Xen live patches', kernel_livepatches: 'Kernel live patches',
};
const RANK = new Map(Object.keys(VERSIONS).map((key, rank) => [key, rank]));

/** Name and value. Our own host tells by product_version which XenServer it is like, and by its date only when it was started. */
export const otherVersions = (host: Facts): [string, string][] => {
  const ours = fact(host, 'engine') !== undefined;
  return Object.entries(host.software_version)
    .filter(([key, value]) => !SHOWN_ELSEWHERE.has(key) && value !== '' && !(ours && key === 'date'))
    .sort(([a], [b]) => (RANK.get(a) ?? RANK.size) - (RANK.get(b) ?? RANK.size) || (a < b ? -1 : 1))
    .map(([key, value]) => (ours && key === 'product_version' ? ['Compatible with', `XenServer ${value}`] : [VERSIONS[key] ?? plain(key), key === 'date' ? dayOf(value) : value]));
};

const plain = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1).replaceAll(/[_-]/g, ' ');
/** 20261129, as hosts write it. */
const dayOf = (text: string): string => text.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
