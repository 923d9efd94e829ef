import type { Session } from '../../api';
import type { Target } from '../../parts/actions/action';
import { customOf, folderOf, osOf, partsOf, type Subject } from '../../parts/search/facts';
import { subjectsOf } from '../../parts/search/find';
import { queryText, type TextField } from '../../parts/search/query';
import { VMS } from '../../parts/lists';

/* The VMs of all connections in other orders than by host. A group is a search: what stands in it is what that search finds. */

export const VIEWS = [{ id: 'hosts', title: 'Hosts' }, { id: 'folder', title: 'Folders' }, { id: 'tag', title: 'Tags' }, { id: 'power', title: 'Power state' }, { id: 'os', title: 'Operating system' }] as const;
/** By a custom field: `custom Owner`. */
export type ViewId = (typeof VIEWS)[number]['id'] | `custom ${string}`;
export interface Group { title: string; query: string }
export interface GroupNode { id: string; group: Group; children: readonly (GroupNode | Target)[] }

interface Grouping { field: TextField; /** The paths at which a VM stands; none: nowhere. */ places: (subject: Subject) => readonly (readonly string[])[]; none: string; written?: (path: readonly string[]) => string; has?: string; order?: readonly string[] }

const GROUPINGS: Readonly<Record<Exclude<(typeof VIEWS)[number]['id'], 'hosts'>, Grouping>> = {
  folder: { field: 'folder', places: subject => onlyFull([partsOf(folderOf(subject))]), none: 'In no folder', written: path => `/${path.join('/')}` },
  tag: { field: 'tag', places: ({ record }) => record.tags.map(tag => [tag]), none: 'Without a tag' },
  power: { field: 'power', places: ({ record }) => ('power_state' in record ? [[record.power_state]] : []), none: 'Unknown', order: ['Running', 'Paused', 'Suspended', 'Halted'] },
  os: { field: 'os', places: subject => onlyFull([[osOf(subject)].filter(os => os !== '')]), none: 'Unknown operating system' },
};
const onlyFull = (paths: readonly (readonly string[])[]): readonly (readonly string[])[] => paths.filter(path => path.length > 0);
const groupingOf = (view: ViewId): Grouping | undefined => {
  if (view === 'hosts') return undefined;
  if (!view.startsWith('custom ')) return GROUPINGS[view as keyof typeof GROUPINGS];
  const name = view.slice('custom '.length);
  return { field: 'custom', places: subject => customOf(subject).flatMap(([of, value]) => (of === name ? [[value]] : [])), none: `Without ${name}`, written: ([value = '']) => `${name}=${value}`, has: name };
};

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

interface Growing { path: readonly string[]; below: Map<string, Growing>; subjects: Subject[] }
const grow = (path: readonly string[]): Growing => ({ path, below: new Map(), subjects: [] });

/** The groups of `view`, the VMs in each by name, those without any last. `keep`: what else is wanted of a VM. */
export const groupsOf = (sessions: readonly Session[], view: Exclude<ViewId, 'hosts'>, keep: (subject: Subject) => boolean): GroupNode[] => {
  const grouping = groupingOf(view);
  if (!grouping) return [];
  const root = grow([]), nowhere: Subject[] = [];
  for (const subject of sessions.flatMap(session => subjectsOf(session, [VMS])).filter(keep)) {
    const places = grouping.places(subject);
    if (places.length === 0) nowhere.push(subject);
    for (const path of places) placeAt(root, path).subjects.push(subject);
  }
  const ofValue = (path: readonly string[]): string => queryText([{ field: grouping.field, how: '=', values: [grouping.written?.(path) ?? path.join('/')], not: false }]);
  const build = ({ below, subjects }: Growing): (GroupNode | Target)[] => [
    ...[...below.values()].sort((a, b) => compareNames(grouping.order, a.path.at(-1) ?? '', b.path.at(-1) ?? '')).map((each): GroupNode => ({
      id: groupId(view, each.path), group: { title: each.path.at(-1) ?? '', query: ofValue(each.path) }, children: build(each),
    })),
    ...targetsOf(subjects),
  ];
  const none: GroupNode = { id: groupId(view, []), group: { title: grouping.none, query: queryText([{ field: 'has', how: '=', values: [grouping.has ?? grouping.field], not: true }]) }, children: targetsOf(nowhere) };
  return [...build(root) as GroupNode[], ...(nowhere.length > 0 ? [none] : [])];
};

const placeAt = (from: Growing, path: readonly string[]): Growing => path.reduce((at, part, i) => {
  const next = at.below.get(part) ?? grow(path.slice(0, i + 1));
  at.below.set(part, next);
  return next;
}, from);
const groupId = (view: ViewId, path: readonly string[]): string => `group ${view} /${path.join('/')}`;
const compareNames = (order: readonly string[] | undefined, a: string, b: string): number => (order ? order.indexOf(a) - order.indexOf(b) : 0) || collator.compare(a, b);
const targetsOf = (subjects: readonly Subject[]): Target[] =>
  [...subjects].sort((a, b) => collator.compare(a.record.name_label, b.record.name_label)).map(({ session, cls, ref }) => ({ session, cls, ref }));

/** The names of the custom fields that any VM has. */
export const customNames = (sessions: readonly Session[]): string[] =>
  [...new Set(sessions.flatMap(session => subjectsOf(session, [VMS]).flatMap(subject => customOf(subject).map(([name]) => name))))].sort(collator.compare);
