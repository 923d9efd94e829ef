import type { VMRecord } from '../../../../../shared/api';
import { type Found, readDate } from '../../../../api';
import type { TreeRow } from '../../../../ui/tree/tree-keys';

/* The snapshots of a VM as they stand on each other, and where the VM itself is now. */

export const HERE = 'here';
export interface SnapshotNode extends TreeRow { snapshot?: Found<'VM'> }
interface Branch { snapshot: Found<'VM'>; children: Branch[] }

/** Oldest first; "You are here" last among its siblings. A snapshot whose parent is gone is a root. */
export const snapshotTree = (vm: Pick<VMRecord, 'parent'>, snapshots: readonly Found<'VM'>[]): SnapshotNode[] => {
  const branches = new Map<string, Branch>([...snapshots].sort((a, b) => timeOf(a) - timeOf(b)).map(snapshot => [snapshot.ref, { snapshot, children: [] }]));
  const roots: Branch[] = [];
  for (const branch of branches.values()) {
    const parent = branches.get(branch.snapshot.record.parent);
    (parent && !isBelow(branches, branch, parent) ? parent.children : roots).push(branch);
  }
  const under = branches.get(vm.parent);
  const rows: SnapshotNode[] = [];
  const add = (siblings: readonly Branch[], level: number, here: boolean): void => {
    const count = siblings.length + (here ? 1 : 0);
    siblings.forEach((branch, i) => {
      const inner = branch.children.length + (branch === under ? 1 : 0);
      rows.push({ id: branch.snapshot.ref, level, position: i + 1, siblings: count, snapshot: branch.snapshot, ...(inner > 0 && { expanded: true }) });
      add(branch.children, level + 1, branch === under);
    });
    if (here) rows.push({ id: HERE, level, position: count, siblings: count });
  };
  add(roots, 1, under === undefined);
  return rows;
};

const timeOf = ({ record }: Found<'VM'>): number => readDate(record.snapshot_time) ?? 0;

/** Whether `parent` stands on `branch`: then the records contradict themselves, and following them would never end. */
const isBelow = (branches: ReadonlyMap<string, Branch>, branch: Branch, parent: Branch): boolean => {
  const seen = new Set<Branch>();
  for (let each: Branch | undefined = parent; each && !seen.has(each); each = branches.get(each.snapshot.record.parent)) {
    if (each === branch) return true;
    seen.add(each);
  }
  return false;
};
