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

const SHOWN_ELSEWHERE = new Set(['product_brand', 'product_version_text', 'engine', 'engine_version', 'accelerator', 'accelerator_reason', 'qemu', 'xen', 'qemu_version', 'xen_version']);
export const otherVersions = ({ software_version: version }: Facts): [string, string][] =>
  Object.entries(version).filter(([key, value]) => !SHOWN_ELSEWHERE.has(key) && value !== '').sort(([a], [b]) => (a < b ? -1 : 1));
