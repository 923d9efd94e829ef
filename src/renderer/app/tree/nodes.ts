import type { Session } from '../../api';
import type { Target } from '../../parts/actions/action';
import { homeOf, HOSTS, NETWORKS, SRS, TEMPLATES, VMS, VMS_BY_HOME } from '../../parts/lists';
import { matcherOf } from '../../parts/search/find';
import { parseQuery } from '../../parts/search/query';
import type { Subject } from '../../parts/search/facts';
import type { TreeRow } from '../../ui/tree/tree-keys';
import { type Group, type GroupNode, groupsOf, type ViewId } from './views';

/* The tree, flattened: a host with its VMs, or a pool with its hosts, the VMs of each, and those that are nowhere yet; then templates, storage and
 * networks in sections. Or the VMs of all connections in groups. */

export type SectionId = 'templates' | 'storage' | 'networks';
/** Exactly one of `target`, `section` (of `session`) and `group` (of all sessions). */
export interface TreeNode extends TreeRow { session?: Session; target?: Target; section?: SectionId; group?: Group }
/** What the person wants to see of the tree. */
export interface TreeWish { view: ViewId; /** A query; empty: everything. */ filter: string; collapsed: ReadonlySet<string> }

const SECTIONS = [
  { id: 'templates', list: TEMPLATES, cls: 'VM' }, { id: 'storage', list: SRS, cls: 'SR' }, { id: 'networks', list: NETWORKS, cls: 'network' },
] as const;

export const rootId = (session: Session): string => session.id;
export const sectionId = (session: Session, section: SectionId): string => `${session.id} ${section}`;
export const objectId = (target: Target): string => (target.cls === 'session' ? rootId(target.session) : `${target.session.id} ${target.cls} ${target.ref}`);

/** A node before its place among its siblings is known. */
type Branch = Omit<TreeNode, 'level' | 'position' | 'siblings' | 'expanded'> & { children?: readonly Branch[] };

export const flatten = (sessions: readonly Session[], { view, filter, collapsed }: TreeWish): TreeNode[] => {
  const query = parseQuery(filter), matches = query.length === 0 ? undefined : matcherOf(query);
  // What is looked for is shown wherever it stands.
  const closed = matches ? NOTHING : collapsed;
  if (view !== 'hosts') return laid(groupsOf(sessions, view, matches ?? (() => true)).map(branchOfGroup), closed, 1);
  const branches = sessions.map(branchOf);
  return laid(matches ? branches.flatMap(branch => kept(branch, matches)) : branches, closed, 1);
};
const NOTHING: ReadonlySet<string> = new Set();

const branchOfGroup = ({ id, group, children }: GroupNode): Branch => ({
  id, group, children: children.map(child => ('group' in child ? branchOfGroup(child) : { id: `${id} ${objectId(child)}`, session: child.session, target: child })),
});

/** What is left of a branch of which only what `matches` is wanted: its matching parts, and the way to them. */
const kept = (branch: Branch, matches: (subject: Subject) => boolean): Branch[] => {
  const children = branch.children?.flatMap(child => kept(child, matches)) ?? [];
  if (children.length > 0) return [{ ...branch, children }];
  const { children: _none, ...bare } = branch, subject = subjectOf(branch.target);
  return subject && matches(subject) ? [bare] : [];
};
const subjectOf = (target: Target | undefined): Subject | undefined => {
  if (!target) return undefined;
  const { session } = target, cls = target.cls === 'session' ? 'host' : target.cls, ref = target.cls === 'session' ? session.records.index(HOSTS).refs[0] ?? '' : target.ref;
  const record = session.records.get(cls, ref);
  return record && { session, cls, ref, record };
};

const laid = (branches: readonly Branch[], collapsed: ReadonlySet<string>, level: number): TreeNode[] => branches.flatMap(({ children, ...branch }, i) => {
  const expanded = children && !collapsed.has(branch.id);
  const node: TreeNode = { ...branch, level, position: i + 1, siblings: branches.length, ...(expanded !== undefined && { expanded }) };
  return expanded === true && children ? [node, ...laid(children, collapsed, level + 1)] : [node];
});

const branchOf = (session: Session): Branch => {
  const { records } = session, hosts = records.index(HOSTS).refs;
  const object = (cls: Target['cls']) => (ref: string): Branch => { const target: Target = { session, cls, ref }; return { id: objectId(target), session, target }; };
  const sections = SECTIONS.flatMap(({ id, list, cls }): Branch[] => {
    const { refs } = records.index<'VM' | 'SR' | 'network'>(list);
    return refs.length === 0 ? [] : [{ id: sectionId(session, id), session, section: id, children: refs.map(object(cls)) }];
  });
  const children = [...(hosts.length > 1 ? withVms(session, hosts, object) : records.index(VMS).refs.map(object('VM'))), ...sections];
  return { ...object('session')(session.id), ...(children.length > 0 && { children }) };
};

/** The hosts of a pool, each with its VMs, then the VMs that no host has. */
const withVms = ({ records }: Session, hosts: readonly string[], object: (cls: Target['cls']) => (ref: string) => Branch): Branch[] => {
  const at = new Map<string, Branch[]>(hosts.map(host => [host, []])), nowhere: Branch[] = [];
  for (const ref of records.index(VMS_BY_HOME).refs) {
    const vm = records.get('VM', ref);
    if (vm) (at.get(homeOf(vm)) ?? nowhere).push(object('VM')(ref));
  }
  return [...hosts.map(host => { const vms = at.get(host) ?? []; return { ...object('host')(host), ...(vms.length > 0 && { children: vms }) }; }), ...nowhere];
};

const SECTION_OF: Readonly<Partial<Record<Target['cls'], SectionId>>> = { SR: 'storage', network: 'networks' };
/** What must be open for `target` to be seen. */
export const parentsOf = ({ session, cls, ref }: Target): string[] => {
  const vm = cls === 'VM' ? session.records.get('VM', ref) : undefined;
  const section = vm?.is_a_template ? 'templates' : SECTION_OF[cls];
  const home = vm && !section && session.records.index(HOSTS).refs.length > 1 ? session.records.get('host', homeOf(vm)) && homeOf(vm) : undefined;
  return [rootId(session), ...(section ? [sectionId(session, section)] : []), ...(home === undefined ? [] : [objectId({ session, cls: 'host', ref: home })])];
};
