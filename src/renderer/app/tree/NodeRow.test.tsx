/* What is read of a row to those who do not see it. */
import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { type DemoScreen, demoScreen } from '../../../../tests/renderer/demo-screen';
import { SessionScope } from '../../api';
import { TreeRowBox } from '../../ui/tree/TreeRowBox';
import { NodeRow } from './NodeRow';
import type { TreeNode } from './nodes';

const VM = refOf('VM', 'mail');
let demo: DemoScreen;
beforeEach(async () => { demo = await demoScreen(); });
afterEach(() => { demo.dispose(); });

it('a row says the state of its VM, and the alerts that are told of it', () => {
  const node = { id: 'row', level: 3, position: 1, siblings: 1, session: demo.session, target: { cls: 'VM', ref: VM, session: demo.session } } as unknown as TreeNode, none = (): void => undefined;
  demo.show(
    <div role="tree" aria-label="tree">
      <TreeRowBox id="row" row={node} name="mail" top={0} height={28} selected={false} onClick={none} onDoubleClick={none} onToggle={none} onContextMenu={none}>
        <SessionScope session={demo.session}><NodeRow node={node} stateId="row-state" /></SessionScope>
      </TreeRowBox>
    </div>,
  );
  const described = (): string => (screen.getByRole('treeitem').getAttribute('aria-describedby') ?? '').split(' ').map(id => { const part = document.getElementById(id); return part?.getAttribute('aria-label') ?? part?.textContent; }).filter(Boolean).join(', ');
  const before = described();
  expect(before).not.toBe('');
  put(demo.bridge.host.world, 'message', 'm', { name: 'ALARM', priority: 1, cls: 'VM', obj_uuid: demo.session.records.get('VM', VM)?.uuid ?? '', timestamp: '20260301T08:00:00Z', body: '' });
  act(() => { demo.bridge.host.change('message', refOf('message', 'm'), {}); });
  expect(described()).toBe(`${before}, urgent alert`);
});
