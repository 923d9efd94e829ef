import Box from '@mui/material/Box';
import { useMemo, useSyncExternalStore } from 'react';
import { SessionScope } from '../../api';
import type { Target } from '../../parts/actions/action';
import { useScreen } from '../../parts/actions/stage';
import { mark, type Marks } from '../../ui/marks';
import { Tree } from '../../ui/tree/Tree';
import { nodeText } from './node-text';
import { GroupRow, NodeRow } from './NodeRow';
import type { TreeNode } from './nodes';
import type { TreeModel } from './tree-model';
import { TreeBar } from './TreeBar';

interface Props {
  model: TreeModel;
  marks: Marks;
  /** `node` is where the keyboard is then, `targets` are all that are marked. */
  onMark: (marks: Marks, node: TreeNode, targets: readonly Target[], by: 'pointer' | 'keyboard') => void
  onActivate: () => void
}

/** Hosts and all that is on them, or the VMs in groups; above it how, and what is looked for. */
export const ObjectTree = ({ model, marks, onMark, onActivate }: Props) => {
  const nodes = useSyncExternalStore(model.watch, model.get);
  const { openMenu } = useScreen();
  const byId = useMemo(() => new Map(nodes.map(node => [node.id, node])), [nodes]);
  const find = (id: string): TreeNode | undefined => byId.get(id);
  const told = (next: Marks, by: 'pointer' | 'keyboard'): void => {
    const node = find(next.current ?? '');
    if (node) onMark(next, node, [...next.marked].flatMap(id => find(id)?.target ?? []), by);
  };
  const selectAll = (): void => {
    const level = find(marks.current ?? '')?.level, ids = nodes.filter(node => node.level === level && node.target?.cls === find(marks.current ?? '')?.target?.cls).map(({ id }) => id);
    if (ids.length > 0) told({ ...marks, marked: new Set(ids) }, 'keyboard');
  };
  return (
    <Box sx={{ height: '100%', display: 'flex', flexDirection: 'column' }}>
      <TreeBar model={model} found={nodes.length} />
      <Box sx={{ flex: 1, minHeight: 0 }}>
        <Tree label="Hosts and virtual machines" rows={nodes} selected={marks.current} marked={marks.marked}
          textOf={id => { const node = find(id); return node ? nodeText(node) : ''; }}
          renderRow={(id, stateId) => {
            const node = find(id);
            return node?.session ? <SessionScope session={node.session}><NodeRow node={node} stateId={stateId} /></SessionScope> : node && <GroupRow node={node} />;
          }}
          onSelect={(id, by, how) => { told(mark(nodes.map(node => node.id), marks, id, how), by); }} onSelectAll={selectAll}
          onToggle={(id, expanded) => { model.expand(id, expanded); }}
          onActivate={id => { const node = find(id); if (node?.expanded !== undefined && !node.target) model.expand(id, !node.expanded); onActivate(); }}
          onMenu={(id, at) => {
            const target = find(id)?.target, marked = [...marks.marked].flatMap(each => find(each)?.target ?? []);
            if (target) openMenu(marks.marked.has(id) ? marked : [target], at);
          }} />
      </Box>
    </Box>
  );
};
