import type { Session } from '../../api';
import type { Target } from '../../parts/actions/action';
import { HOSTS, NETWORKS, SRS, TEMPLATES, VMS } from '../../parts/lists';
import type { TreeRow } from '../../ui/tree/tree-keys';

/* The tree, flattened: a host with its VMs, then its templates, storage and networks in sections. */

export type SectionId = 'hosts' | 'templates' | 'storage' | 'networks';
export interface TreeNode extends TreeRow { session: Session; target?: Target; section?: SectionId }

const SECTIONS = [
  { id: 'templates', list: TEMPLATES, cls: 'VM' }, { id: 'storage', list: SRS, cls: 'SR' }, { id: 'networks', list: NETWORKS, cls: 'network' },
] as const;

export const rootId = (session: Session): string => session.id;
export const sectionId = (session: Session, section: SectionId): string => `${session.id} ${section}`;
export const objectId = (target: Target): string => (target.cls === 'session' ? rootId(target.session) : `${target.session.id} ${target.cls} ${target.ref}`);

export const flatten = (sessions: readonly Session[], collapsed: ReadonlySet<string>): TreeNode[] =>
  sessions.flatMap((session, i) => flattenSession(session, collapsed, i + 1, sessions.length));

const flattenSession = (session: Session, collapsed: ReadonlySet<string>, position: number, siblings: number): TreeNode[] => {
  const { records } = session;
  const vms = records.index(VMS).refs;
  const hosts = records.index(HOSTS).refs;
  const sections = [
    ...(hosts.length > 1 ? [{ id: 'hosts', cls: 'host', refs: hosts } as const] : []),
    ...SECTIONS.map(({ id, list, cls }) => ({ id, cls, refs: records.index<'VM' | 'SR' | 'network'>(list as never).refs })),
  ].filter(section => section.refs.length > 0);
  const root: TreeNode = { id: rootId(session), level: 1, position, siblings, session, target: { session, cls: 'session', ref: session.id } };
  const count = vms.length + sections.length;
  if (count === 0) return [root];
  if (collapsed.has(root.id)) return [{ ...root, expanded: false }];
  const nodes: TreeNode[] = [{ ...root, expanded: true }];
  const add = (cls: Target['cls'], refs: readonly string[], level: number, of: number): void => {
    refs.forEach((ref, i) => {
      const target: Target = { session, cls, ref };
      nodes.push({ id: objectId(target), level, position: i + 1, siblings: of, session, target });
    });
  };
  add('VM', vms, 2, count);
  sections.forEach(({ id, cls, refs }, i) => {
    const node = sectionId(session, id);
    const expanded = !collapsed.has(node);
    nodes.push({ id: node, level: 2, position: vms.length + i + 1, siblings: count, session, section: id, expanded });
    if (expanded) add(cls, refs, 3, refs.length);
  });
  return nodes;
};

const SECTION_OF: Readonly<Partial<Record<Target['cls'], SectionId>>> = { SR: 'storage', network: 'networks', host: 'hosts' };
/** What must be open for `target` to be seen. */
export const parentsOf = ({ session, cls, ref }: Target): string[] => {
  const section = cls === 'VM' && session.records.get('VM', ref)?.is_a_template ? 'templates' : SECTION_OF[cls];
  return [rootId(session), ...(section ? [sectionId(session, section)] : [])];
};
