import { describe, expect, it, vi } from 'vitest';
import { DemoBridge } from '../../../../tests/renderer/demo-bridge';
import { put, refOf } from '../../../../tests/renderer/demo-records';
import { must } from '../../../shared/lib/assert';
import { World } from '../../api';
import { nodeText } from './node-text';
import { parentsOf } from './nodes';
import { TreeModel } from './tree-model';

const open = async () => {
  const bridge = new DemoBridge();
  bridge.begin();
  const world = new World(bridge);
  world.start();
  await new Promise(resolve => { setTimeout(resolve, 5); });
  const tree = new TreeModel(world);
  const changed = vi.fn();
  tree.watch(changed);
  const session = must(world.sessions.get()[0], 'session');
  return { bridge, world, tree, changed, session, texts: () => tree.get().map(node => `${'  '.repeat(node.level - 1)}${nodeText(node)} ${node.position}/${node.siblings}`) };
};

describe('the tree', () => {
  it('shows a host, its VMs in order, then its sections', async () => {
    const { texts } = await open();
    expect(texts()).toEqual([
      'lab-1 1/1', '  build-agent 1/6', '  mail 2/6', '  Tiny Linux 1 3/6', '  Templates 4/6', '    Tiny Linux 1/1', '  Storage 5/6', '    Local storage 1/1', '  Networks 6/6', '    NAT network 1/1',
    ]);
  });

  it('stays the same object while VMs only change state', async () => {
    const { bridge, tree, changed } = await open();
    const before = tree.get();
    bridge.host.change('VM', refOf('VM', 'mail'), { power_state: 'Running' });
    expect(tree.get()).toBe(before);
    expect(changed).not.toHaveBeenCalled();
    bridge.host.change('VM', refOf('VM', 'mail'), { name_label: 'aaa' });
    expect(changed).toHaveBeenCalled();
    expect(tree.get()).not.toBe(before);
  });

  it('closes and opens sections and the host', async () => {
    const { tree, session, texts } = await open();
    tree.expand(`${session.id} storage`, false);
    expect(texts()).not.toContain('    Local storage 1/1');
    tree.expand(session.id, false);
    expect(texts()).toEqual(['lab-1 1/1']);
    for (const parent of parentsOf({ session, cls: 'SR', ref: refOf('SR', 'local') })) tree.expand(parent, true);
    expect(texts()).toContain('    Local storage 1/1');
  });

  it('names a host by its address while it has told nothing', async () => {
    const { bridge, texts } = await open();
    bridge.begin('198.51.100.4', { at: 'connecting' });
    expect(texts().at(-1)).toBe('198.51.100.4 2/2');
  });

  it('shows the hosts of a pool with their VMs, and the VMs that are nowhere', async () => {
    const { bridge, session, tree, texts } = await open();
    put(bridge.host.world, 'host', 'second', { name_label: 'lab-2' });
    bridge.announce('session.records', { session: session.id, reset: false, changed: [{ cls: 'host', ref: refOf('host', 'second'), record: bridge.host.world.get(refOf('host', 'second'))?.record as never }], gone: [] });
    expect(texts().slice(1, 7)).toEqual(['  lab-1 1/6', '    build-agent 1/2', '    Tiny Linux 1 2/2', '  lab-2 2/6', '  mail 3/6', '  Templates 4/6']);
    const lab2 = refOf('host', 'second');
    bridge.host.change('VM', refOf('VM', 'mail'), { power_state: 'Running', resident_on: lab2 }); // started elsewhere
    bridge.host.change('VM', refOf('VM', 'build-agent'), { affinity: lab2, resident_on: refOf('host', 'NULL') });
    expect(texts().slice(1, 6)).toEqual(['  lab-1 1/5', '    Tiny Linux 1 1/1', '  lab-2 2/5', '    build-agent 1/2', '    mail 2/2']);
    const mail = { session, cls: 'VM', ref: refOf('VM', 'mail') } as const;
    for (const parent of parentsOf(mail)) tree.expand(parent, false);
    expect(texts()).toEqual(['lab-1 1/1']);
    for (const parent of parentsOf(mail)) tree.expand(parent, true);
    expect(texts()).toContain('    mail 2/2');
  });
});
