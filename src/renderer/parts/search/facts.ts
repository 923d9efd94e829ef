import { isNull, type Records } from '../../../shared/api';
import type { Session } from '../../api';
import type { Target } from '../actions/action';
import { homeOf, POOLS } from '../lists';
import type { NumberField, TextField } from './query';

/* What is known of an object when somebody looks for it. Asked for field by field: most searches need one or two. */

type Cls = Exclude<Target['cls'], 'session'>;
/** One thing that can be found. */
export interface Subject { session: Session; cls: Cls; ref: string; record: Records[Cls] }

export const CUSTOM_FIELD = 'XenCenter.CustomFields.';
const KINDS: Readonly<Record<Cls, readonly string[]>> = { host: ['host'], VM: ['vm'], SR: ['sr', 'storage'], network: ['network'] };
const NONE: readonly string[] = [];

const asVm = ({ cls, record }: Subject): Records['VM'] | undefined => (cls === 'VM' ? record as Records['VM'] : undefined);
const guestOf = (subject: Subject): Records['VM_guest_metrics'] | undefined => subject.session.records.get('VM_guest_metrics', asVm(subject)?.guest_metrics ?? '');
export const addressesOf = (subject: Subject): readonly string[] => (subject.cls === 'host' ? [(subject.record as Records['host']).address] : Object.values(guestOf(subject)?.networks ?? {}));
/** As the guest says it; else what it was made for. */
export const osOf = (subject: Subject): string => guestOf(subject)?.os_version['name'] ?? asVm(subject)?.reference_label ?? '';
export const hostNameOf = (subject: Subject): string => {
  const { session: { records }, cls, record } = subject, vm = asVm(subject);
  const ref = vm ? homeOf(vm) : undefined;
  return (cls === 'host' ? (record as Records['host']).name_label : ref === undefined || isNull(ref) ? '' : records.get('host', ref)?.name_label) ?? '';
};
export const poolNameOf = ({ session: { records } }: Subject): string => records.get('pool', records.index(POOLS).refs[0] ?? '')?.name_label ?? '';
export const folderOf = ({ record }: Subject): string => record.other_config['folder'] ?? '';
/** `[name, value]` of each. */
export const customOf = ({ record }: Subject): readonly (readonly [string, string])[] => Object.entries(record.other_config).flatMap(([key, value]) => (key.startsWith(CUSTOM_FIELD) ? [[key.slice(CUSTOM_FIELD.length), value] as const] : []));
/** `/a/b` -> `/a`, `/a/b`: what is in a folder is in those above it. */
const pathsTo = (folder: string): readonly string[] => partsOf(folder).map((_part, i, parts) => `/${parts.slice(0, i + 1).join('/')}`);
export const partsOf = (folder: string): readonly string[] => folder.split('/').filter(part => part !== '');
const tagsOf = ({ record }: Subject): readonly string[] => record.tags;

/** What an object may have or not: a custom field by its name, too. */
const OPTIONAL = ['tag', 'folder', 'os', 'address', 'host'] as const satisfies readonly TextField[];
export const TEXTS: Readonly<Record<TextField, (subject: Subject) => readonly string[]>> = {
  name: ({ record }) => [record.name_label],
  description: ({ record }) => [record.name_description],
  uuid: ({ record }) => [record.uuid],
  tag: tagsOf,
  folder: subject => pathsTo(folderOf(subject)),
  power: subject => { const vm = asVm(subject); return vm && !vm.is_a_template ? [vm.power_state] : NONE; },
  os: subject => { const os = osOf(subject); return os === '' ? NONE : [os]; },
  address: addressesOf,
  host: subject => { const name = hostNameOf(subject); return name === '' ? NONE : [name]; },
  pool: subject => [poolNameOf(subject)],
  kind: subject => (asVm(subject)?.is_a_template ? ['template'] : KINDS[subject.cls]),
  custom: subject => customOf(subject).flatMap(([name, value]) => [value, `${name}=${value}`]),
  has: subject => [...OPTIONAL.filter(field => TEXTS[field](subject).length > 0), ...customOf(subject).map(([name]) => name)],
};
export const NUMBERS: Readonly<Record<NumberField, (subject: Subject) => number>> = {
  vcpus: subject => asVm(subject)?.VCPUs_max ?? Number.NaN,
  memory: subject => asVm(subject)?.memory_static_max ?? Number.NaN,
};
/** By what a person knows a thing, without saying which of it. */
export const WORD_FIELDS = ['name', 'description', 'uuid', 'tag', 'folder', 'address', 'custom'] as const satisfies readonly TextField[];
