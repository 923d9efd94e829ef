import type { Session } from '../../api';
import { HOSTS, POOLS } from '../../parts/lists';
import { isUnbuilt } from '../../parts/template/recipe';
import type { SectionId, TreeNode } from './nodes';

const SECTION_NAMES: Readonly<Record<SectionId, string>> = { templates: 'Templates', storage: 'Storage', networks: 'Networks' };

/** What is written in a row. */
export const nodeText = ({ session, target, section, group }: TreeNode): string => {
  if (group) return group.title;
  if (section) return SECTION_NAMES[section];
  if (!session) return '';
  if (!target || target.cls === 'session') return sessionName(session);
  const record = session.records.get(target.cls, target.ref), name = record?.name_label || 'unnamed';
  return target.cls === 'VM' && isUnbuilt(session.records.get('VM', target.ref)) ? `${name} — build it now (about a minute)` : name;
};
export const sectionName = (section: SectionId): string => SECTION_NAMES[section];

/** A pool by its name, a lone host by its own, and one that has told nothing yet by its address. */
export const sessionName = ({ records, view }: Session): string => {
  const hosts = records.index(HOSTS).refs;
  const pool = records.get('pool', records.index(POOLS).refs[0] ?? '');
  const host = records.get('host', hosts[0] ?? '');
  return (hosts.length > 1 ? pool?.name_label : undefined) || host?.name_label || view.get().address || 'This computer';
};
