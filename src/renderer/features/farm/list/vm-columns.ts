import type { Records } from '../../../../shared/api';
import { readDate } from '../../../api';
import { isMetric, METRIC_COLUMNS } from '../../../parts/metrics/columns';
import { valueNow } from '../../../parts/metrics/glance';
import { addressesOf, customOf, folderOf, hostNameOf, osOf, poolNameOf, type Subject } from '../../../parts/search/facts';
import { powerWord } from '../../../parts/vm/power';
import type { Column } from '../../../ui/DataTable';
import { bytesText, dateText } from '../../../ui/text';

/* What can be told of a VM in a line. */

export interface VmColumn extends Column { /** As it is written; figures are drawn. */ text: (subject: Subject) => string; /** What it is sorted by; undefined: the text. */ value?: (subject: Subject) => number }
const vmOf = ({ record }: Subject): Records['VM'] => record as Records['VM'];
const startedAt = (subject: Subject): number => {
  const metrics = subject.session.records.get('VM_metrics', vmOf(subject).metrics);
  return vmOf(subject).power_state === 'Halted' || !metrics ? Number.NaN : readDate(metrics.start_time) ?? Number.NaN;
};
const wide = (em: number): string => `minmax(${em}em, ${em / 5}fr)`;
const numeric = { align: 'right', sortable: true, descendsFirst: true } as const;

const PLAIN: readonly VmColumn[] = [
  { id: 'name', title: 'Name', track: wide(12), sortable: true, text: ({ record }) => record.name_label || 'unnamed' },
  { id: 'state', title: 'State', track: '8em', sortable: true, text: subject => powerWord(vmOf(subject)) },
  { id: 'host', title: 'Host', track: wide(8), sortable: true, text: hostNameOf },
  ...METRIC_COLUMNS.map(column => ({ ...column, text: (subject: Subject) => String(isMetric(column.id) ? valueNow(subject.session, 'VM', subject.record, column.id) : ''), value: (subject: Subject) => (isMetric(column.id) ? valueNow(subject.session, 'VM', subject.record, column.id) : Number.NaN) })),
  { id: 'address', title: 'Address', track: wide(9), sortable: true, text: subject => [...new Set(addressesOf(subject))].join(', ') },
  { id: 'os', title: 'Operating system', track: wide(10), sortable: true, text: osOf },
  { id: 'tags', title: 'Tags', track: wide(8), sortable: true, text: ({ record }) => record.tags.join(', ') },
  { id: 'folder', title: 'Folder', track: wide(8), sortable: true, text: folderOf },
  { id: 'vcpus', title: 'Virtual CPUs', track: '7em', ...numeric, text: subject => String(vmOf(subject).VCPUs_max), value: subject => vmOf(subject).VCPUs_max },
  { id: 'given', title: 'Memory', track: '7em', ...numeric, text: subject => bytesText(vmOf(subject).memory_static_max), value: subject => vmOf(subject).memory_static_max },
  { id: 'started', title: 'Running since', track: '11em', ...numeric, text: subject => { const at = startedAt(subject); return Number.isNaN(at) ? '' : dateText(at); }, value: startedAt },
  { id: 'pool', title: 'Pool', track: wide(8), sortable: true, text: poolNameOf },
  { id: 'connection', title: 'Connection', track: wide(9), sortable: true, text: ({ session }) => session.view.get().address },
  { id: 'uuid', title: 'Identifier', track: '22em', sortable: true, text: ({ record }) => record.uuid },
  { id: 'description', title: 'Description', track: wide(14), sortable: true, text: ({ record }) => record.name_description },
];
const CUSTOM = 'custom ';
export const SHOWN_AT_FIRST: readonly string[] = ['name', 'state', 'host', 'cpu', 'memory', 'disk', 'network', 'address', 'os'];

/** All columns that there are for these VMs: with one for each custom field. */
export const columnsFor = (subjects: readonly Subject[]): readonly VmColumn[] => [
  ...PLAIN,
  ...[...new Set(subjects.flatMap(subject => customOf(subject).map(([name]) => name)))].sort((a, b) => a.localeCompare(b)).map((name): VmColumn => ({
    id: `${CUSTOM}${name}`, title: name, track: wide(8), sortable: true, text: subject => customOf(subject).find(([of]) => of === name)?.[1] ?? '',
  })),
];
/** The wanted ones, in their order; the name is always there. */
export const chosenColumns = (all: readonly VmColumn[], wanted: readonly string[]): readonly VmColumn[] => {
  const found = wanted.flatMap(id => all.find(column => column.id === id) ?? []);
  return found.some(({ id }) => id === 'name') ? found : [...all.filter(({ id }) => id === 'name'), ...found];
};

/** Headings under which the lines can stand. */
export const GROUPS = [
  { id: 'none', title: 'No groups', of: () => '' }, { id: 'host', title: 'By host', of: hostNameOf }, { id: 'state', title: 'By power state', of: (subject: Subject) => vmOf(subject).power_state },
  { id: 'os', title: 'By operating system', of: osOf }, { id: 'folder', title: 'By folder', of: folderOf }, { id: 'tag', title: 'By tags', of: ({ record }: Subject) => record.tags.join(', ') }, { id: 'connection', title: 'By connection', of: ({ session }: Subject) => session.view.get().address },
] as const;
