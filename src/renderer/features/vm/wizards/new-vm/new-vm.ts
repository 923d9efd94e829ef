import type { Ref, VMRecord } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import { freeName } from '../../../../parts/free-name';
import { bytesText, GIB, MIB } from '../../../../ui/text';

/* The one value behind the New VM dialog, and what must be true of it. */

export interface NewVm {
  template: Ref<'VM'>;
  name: string;
  /** As typed: validate says whether it is a number. */
  vcpus: string;
  memoryMib: string;
  diskGib: string;
  start: boolean;
}
export type Problems = Partial<Record<keyof NewVm, string>>;

/** What a template and its host give. */
export interface TemplateFacts {
  vcpus: number;
  memoryBytes: number;
  /** Undefined: the template has no disk. */
  diskBytes: number | undefined;
  /** Why the disk keeps its size; undefined: it can be made larger. */
  whyNotLarger: string | undefined;
  hostMemoryBytes: number | undefined;
  hostCpus: number | undefined;
}

export const VCPUS_MAX = 64;
export const MEMORY_MIN_MIB = 16;
export const NAME_MAX_CHARS = 255;
export const DISK_MAX_GIB = 2_048;
/** A template's disk that is smaller than this is offered grown: it takes no space until it is written. */
const DISK_OFFERED_BYTES = GIB;

export const factsOf = (session: Session, template: VMRecord): TemplateFacts => {
  const { records } = session;
  const disk = systemDisk(session, template.VBDs);
  const sr = disk && records.get('SR', disk.SR);
  const metrics = [...records.all('host_metrics').values()][0];
  const cpus = Number([...records.all('host').values()][0]?.cpu_info['cpu_count']);
  const resizable = disk?.allowed_operations.includes('resize') === true || sr?.allowed_operations.includes('vdi_resize') === true;
  return {
    vcpus: template.VCPUs_max, memoryBytes: template.memory_static_max, diskBytes: disk?.virtual_size,
    whyNotLarger: !disk ? 'This template has no disk.' : resizable ? undefined : 'This storage does not offer to resize a disk.',
    hostMemoryBytes: metrics?.memory_total, hostCpus: cpus > 0 ? cpus : undefined,
  };
};

/** The disk at the lowest position: the one the system is on. */
export const systemDisk = ({ records }: Session, vbds: readonly Ref<'VBD'>[]) => {
  const first = vbds.map(ref => records.get('VBD', ref)).filter(vbd => vbd?.type === 'Disk' && !vbd.empty).sort((a, b) => Number(a?.userdevice) - Number(b?.userdevice))[0];
  return first && records.get('VDI', first.VDI);
};

const gib = (bytes: number): string => String(Number((bytes / GIB).toFixed(3)));

export const firstValue = (session: Session, template: Ref<'VM'>, record: VMRecord): NewVm => {
  const facts = factsOf(session, record);
  const taken = new Set([...session.records.all('VM').values()].map(vm => vm.name_label));
  return {
    template, name: freeName(record.name_label || 'VM', taken, true), vcpus: String(Math.max(1, facts.vcpus)),
    memoryMib: String(Math.round(facts.memoryBytes / MIB)), diskGib: facts.diskBytes === undefined ? '' : gib(facts.whyNotLarger === undefined ? Math.max(facts.diskBytes, DISK_OFFERED_BYTES) : facts.diskBytes), start: true,
  };
};

const whole = (text: string): number => (/^\d+$/.test(text.trim()) ? Number(text) : NaN);

export const validate = (value: NewVm, facts: TemplateFacts): Problems => {
  const problems: Problems = {};
  const name = value.name.trim();
  if (name === '') problems.name = 'Give the VM a name.';
  else if (name.length > NAME_MAX_CHARS) problems.name = `At most ${NAME_MAX_CHARS} characters.`;
  const vcpus = whole(value.vcpus);
  if (!(vcpus >= 1 && vcpus <= VCPUS_MAX)) problems.vcpus = `A whole number from 1 to ${VCPUS_MAX}.`;
  const memory = whole(value.memoryMib);
  if (!(memory >= MEMORY_MIN_MIB)) problems.memoryMib = `A whole number of MiB, at least ${MEMORY_MIN_MIB}.`;
  else if (facts.hostMemoryBytes !== undefined && memory * MIB > facts.hostMemoryBytes) problems.memoryMib = `The host has only ${bytesText(facts.hostMemoryBytes)}.`;
  const disk = diskProblem(value, facts);
  if (disk !== undefined) problems.diskGib = disk;
  return problems;
};

const diskProblem = (value: NewVm, facts: TemplateFacts): string | undefined => {
  if (facts.diskBytes === undefined || facts.whyNotLarger !== undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(value.diskGib.trim()) || Number(value.diskGib) > DISK_MAX_GIB) return `A number of GiB, at most ${DISK_MAX_GIB}.`;
  return diskBytesOf(value, facts) === undefined && Number(value.diskGib) < Number(gib(facts.diskBytes)) ? `At least ${bytesText(facts.diskBytes)}: the template's own size.` : undefined;
};

/** The wanted size when it is larger than the template's, in whole MiB; undefined: leave the disk as it is. */
export const diskBytesOf = (value: NewVm, facts: TemplateFacts): number | undefined => {
  if (facts.diskBytes === undefined || facts.whyNotLarger !== undefined || value.diskGib === gib(facts.diskBytes)) return undefined;
  const bytes = Math.round((Number(value.diskGib) * GIB) / MIB) * MIB;
  return bytes > facts.diskBytes ? bytes : undefined;
};
