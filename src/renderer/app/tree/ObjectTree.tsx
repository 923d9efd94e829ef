import { useMemo, useSyncExternalStore } from 'react';
import { SessionScope } from '../../api';
import type { Target } from '../../parts/actions/action';
import { useScreen } from '../../parts/actions/stage';
import { Tree } from '../../ui/tree/Tree';
import { nodeText } from './node-text';
import { NodeRow } from './NodeRow';
import type { TreeNode } from './nodes';
import type { TreeModel } from './tree-model';

interface Props {
  model: TreeModel;
  selected: string | undefined;
  onSelect: (node: TreeNode, by: 'pointer' | 'keyboard') => void
  onActivate: () => void
}

/** Hosts and all that is on them. */
export const ObjectTree = ({ model, selected, onSelect, onActivate }: Props) => {
  const nodes = useSyncExternalStore(model.watch, model.get);
  const { openMenu } = useScreen();
  const byId = useMemo(() => new Map(nodes.map(node => [node.id, node])), [nodes]);
  const find = (id: string): TreeNode | undefined => byId.get(id);
  return (
    <Tree label="Hosts and virtual machines" rows={nodes} selected={selected}
      textOf={id => { const node = find(id); return node ? nodeText(node) : ''; }}
      renderRow={(id, stateId) => {
        const node = find(id);
        return node && <SessionScope session={node.session}><NodeRow node={node} stateId={stateId} /></SessionScope>;
      }}
      onSelect={(id, by) => { const node = find(id); if (node) onSelect(node, by); }}
      onToggle={(id, expanded) => { model.expand(id, expanded); }}
      onActivate={id => { const node = find(id); if (node?.expanded !== undefined && node.section) model.expand(id, !node.expanded); onActivate(); }}
      onMenu={(id, at) => { const target: Target | undefined = find(id)?.target; if (target) openMenu([target], at); }} />
  );
};
