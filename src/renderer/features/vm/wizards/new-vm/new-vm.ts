import type { Ref, VMRecord } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import { freeName } from '../../../../parts/free-name';
import { hasFirstBoot } from '../../../../parts/template/recipe';
import { bytesText, GIB, MIB } from '../../../../ui/text';
import { NO_REPOSITORY, type RepositoryForm, type RepositoryProblem, repositoryProblems } from './repository';

/* The one value behind the New VM dialog, and what must be true of it. */

export interface NewVm {
  template: Ref<'VM'>;
  name: string;
  /** As typed: validate says whether it is a number. */
  vcpus: string;
  memoryMib: string;
  diskGib: string;
  start: boolean;
  /** More than one: `#` in the name stands for the number. */
  count: string;
  description: string;
  folder: string;
  source: 'template' | 'iso' | 'repository' | 'pxe';
  repository: RepositoryForm;
  iso: Ref<'VDI'> | '';
  /** In a second drive: Windows finds its disks and cards by them. */
  drivers: Ref<'VDI'> | '';
  /** Empty: the template's. */
  firmware: '' | 'bios' | 'uefi';
  /** Besides the template's. */
  disks: readonly { gib: string; sr: Ref<'SR'> | '' }[];
  /** Undefined: the template's. */
  networks: readonly Ref<'network'>[] | undefined;
  firstBoot: FirstBootForm;
  /** Even where it could go on from the template's memory. */
  boots: boolean;
}
export interface FirstBootForm { hostname: string; user: string; password: string; sshKeys: string; address: string; gateway: string; dns: string; userData: string }
export type Problems = Partial<Record<keyof NewVm | keyof FirstBootForm | RepositoryProblem, string>>;

/** What a template and its host give. */
export interface TemplateFacts {
  vcpus: number;
  memoryBytes: number;
  /** Undefined: the template has no disk. */
  diskBytes: number | undefined;
  /** Why the disk keeps its size; undefined: it can be made larger. */
  whyNotLarger: string | undefined;
  hostMemoryBytes: number | undefined;
  memoryFreeBytes: number | undefined;
  hostCpus: number | undefined;
  networks: number;
  networkRefs: readonly Ref<'network'>[];
  /** It reads what it is told at its first boot. */
  firstBoot: boolean;
  windows: boolean;
}

export const VCPUS_MAX = 64;
export const MEMORY_MIN_MIB = 16;
export const NAME_MAX_CHARS = 255;
export const DISK_MAX_GIB = 2_048;
export const COUNT_MAX = 100;
export const DISKS_MAX = 8, NETWORKS_MAX = 8;
/** A template's disk that is smaller than this is offered grown: it takes no space until it is written. */
const DISK_OFFERED_BYTES = GIB;

export const factsOf = (session: Session, template: VMRecord): TemplateFacts => {
  const { records } = session;
  const disk = systemDisk(session, template.VBDs);
  const sr = disk && records.get('SR', disk.SR), provisioned = disk ? undefined : provisionedBytes(template);
  const metrics = [...records.all('host_metrics').values()][0];
  const cpus = Number([...records.all('host').values()][0]?.cpu_info['cpu_count']);
  const networkRefs = template.VIFs.map(ref => records.get('VIF', ref)).filter(vif => vif !== undefined).sort((a, b) => Number(a.device) - Number(b.device)).map(vif => vif.network);
  const resizable = disk?.allowed_operations.includes('resize') === true || sr?.allowed_operations.includes('vdi_resize') === true;
  return {
    vcpus: template.VCPUs_max, memoryBytes: template.memory_static_max, diskBytes: disk?.virtual_size ?? provisioned,
    whyNotLarger: provisioned !== undefined ? undefined : !disk ? 'This template has no disk.' : resizable ? undefined : 'This storage does not offer to resize a disk.',
    hostMemoryBytes: metrics?.memory_total, memoryFreeBytes: metrics?.memory_free, hostCpus: cpus > 0 ? cpus : undefined,
    networks: networkRefs.length, networkRefs, firstBoot: hasFirstBoot(template), windows: ['true', '1'].includes(template.platform['viridian'] ?? ''),
  };
};

/** XenServer's templates bring no disk, they say which is to be made: the first of other_config:disks. */
const provisionedBytes = ({ other_config }: VMRecord): number | undefined => {
  const bytes = Number(/<disk\s[^>]*size="(\d+)"/.exec(other_config['disks'] ?? '')?.[1]);
  return bytes > 0 ? bytes : undefined;
};

/** The disk at the lowest position: the one the system is on. */
export const systemDisk = ({ records }: Session, vbds: readonly Ref<'VBD'>[]) => {
  const first = vbds.map(ref => records.get('VBD', ref)).filter(vbd => vbd?.type === 'Disk' && !vbd.empty).sort((a, b) => Number(a?.userdevice) - Number(b?.userdevice))[0];
  return first && records.get('VDI', first.VDI);
};

export const NOTHING_SAID: FirstBootForm = { hostname: '', user: '', password: '', sshKeys: '', address: '', gateway: '', dns: '', userData: '' };
/** Of a template that brings none: it is to be installed. */
const FIRST_DISK_GIB = 16;

const gib = (bytes: number): string => String(Number((bytes / GIB).toFixed(3)));

export const firstValue = (session: Session, template: Ref<'VM'>, record: VMRecord): NewVm => {
  const facts = factsOf(session, record);
  const taken = new Set([...session.records.all('VM').values()].map(vm => vm.name_label));
  return {
    template, name: freeName(record.name_label || 'VM', taken, true), vcpus: String(Math.max(1, facts.vcpus)),
    memoryMib: String(Math.round(facts.memoryBytes / MIB)), diskGib: facts.diskBytes === undefined ? '' : gib(facts.whyNotLarger === undefined ? Math.max(facts.diskBytes, DISK_OFFERED_BYTES) : facts.diskBytes), start: true,
    count: '1', description: '', folder: '', source: 'template', repository: NO_REPOSITORY, iso: '', drivers: '', firmware: '', disks: facts.diskBytes === undefined ? [{ gib: String(FIRST_DISK_GIB), sr: '' }] : [], networks: undefined, firstBoot: NOTHING_SAID, boots: false,
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
  const count = whole(value.count);
  if (!(count >= 1 && count <= COUNT_MAX)) problems.count = `A whole number from 1 to ${COUNT_MAX}.`;
  if (value.folder.trim() !== '' && !value.folder.trim().startsWith('/')) problems.folder = 'A path that begins with /';
  if (value.source === 'iso' && value.iso === '') problems.iso = 'Choose a disc image.';
  if (value.disks.some(({ gib: size }) => !/^\d+(\.\d+)?$/.test(size.trim()) || !(Number(size) > 0) || Number(size) > DISK_MAX_GIB)) problems.disks = `Each size is a number of GiB, at most ${DISK_MAX_GIB}.`;
  return { ...problems, ...repositoryProblems(value, facts.diskBytes !== undefined), ...firstBootProblems(value.firstBoot) };
};

/** The host checks again; this is for the words at the field. */
const firstBootProblems = ({ hostname, user, sshKeys, address, gateway, dns, userData }: FirstBootForm): Problems => {
  const problems: Problems = {};
  if (hostname.trim() !== '' && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(hostname.trim())) problems.hostname = 'Letters, digits and hyphens.';
  if (user.trim() !== '' && !/^[a-z_][a-z0-9_-]{0,31}$/.test(user.trim())) problems.user = 'Small letters, digits, - and _; the first a letter.';
  if (sshKeys.split('\n').some(line => line.trim() !== '' && !/^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=]{16,}/.test(line.trim()))) problems.sshKeys = 'Public keys, one a line: ssh-ed25519 AAAA… comment';
  if (address.trim() !== '' && !/^[0-9a-f.:]+\/\d{1,3}$/i.test(address.trim())) problems.address = 'An address with its prefix: 10.0.0.5/24';
  else if (address.trim() === '' && `${gateway}${dns}`.trim() !== '') problems.address = 'Gateway and name servers need a fixed address.';
  if (userData.trim() !== '' && !/^(#!|#cloud-config|#include|Content-Type:)/i.test(userData)) problems.userData = 'Begins with #! or #cloud-config.';
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
