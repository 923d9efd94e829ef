import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DemoBridge } from '../../../../tests/renderer/demo-bridge';
import { putVm, refOf } from '../../../../tests/renderer/demo-records';
import { type Disposable } from '../../../shared/lib/emitter';
import { World } from '../../api';
import { findVms } from '../../parts/search/find';
import { parseQuery } from '../../parts/search/query';
import { nodeText } from './node-text';
import { TreeModel } from './tree-model';
import { customNames } from './views';

let bridge: DemoBridge, world: World, tree: TreeModel, running: Disposable;
beforeEach(async () => {
  bridge = new DemoBridge();
  putVm(bridge.host.world, 'web-1', { tags: ['web', 'prod'], other_config: { folder: '/Production/Web', 'XenCenter.CustomFields.Owner': 'Ann' }, power_state: 'Running' });
  putVm(bridge.host.world, 'web-2', { tags: ['web'], other_config: { folder: '/Production' } });
  bridge.begin();
  world = new World(bridge);
  running = world.start();
  await vi.waitFor(() => { expect(world.ready.get()).toBe(true); expect(world.sessions.get()[0]?.records.all('VM').size).toBeGreaterThan(2); });
  tree = new TreeModel(world);
});
afterEach(() => { running.dispose(); });
const texts = (): string[] => tree.get().map(node => `${'  '.repeat(node.level - 1)}${nodeText(node)}`);

describe('the tree by', () => {
  it('folders: those in folders below their folder, the others last', () => {
    tree.show({ view: 'folder' });
    expect(texts()).toEqual(['Production', '  Web', '    web-1', '  web-2', 'In no folder', '  build-agent', '  mail', '  Tiny Linux 1']);
  });
  it('tags: a VM under each of its own', () => {
    tree.show({ view: 'tag' });
    expect(texts().slice(0, 5)).toEqual(['prod', '  web-1', 'web', '  web-1', '  web-2']);
    expect(new Set(tree.get().map(({ id }) => id)).size).toBe(tree.get().length);
  });
  it('power states in the order of how alive they are, and custom fields', () => {
    tree.show({ view: 'power' });
    expect(tree.get().filter(({ level }) => level === 1).map(nodeText)).toEqual(['Running', 'Paused', 'Halted']);
    expect(customNames(world.sessions.get())).toEqual(['Owner']);
    tree.show({ view: 'custom Owner' });
    expect(texts()).toEqual(['Ann', '  web-1', 'Without Owner', '  build-agent', '  mail', '  Tiny Linux 1', '  web-2']);
  });
  it('groups of which each is a search that finds the same VMs', () => {
    for (const view of ['folder', 'tag', 'power', 'os', 'custom Owner'] as const) {
      tree.show({ view });
      const nodes = tree.get();
      for (const [i, { group, level, id }] of nodes.entries()) {
        if (!group) continue;
        const end = nodes.findIndex((node, at) => at > i && node.level <= level), below = nodes.slice(i + 1, end < 0 ? undefined : end).filter(node => node.target).map(nodeText).sort();
        expect(findVms(world.sessions.get(), parseQuery(group.query)).map(({ record }) => record.name_label).sort(), id).toEqual(below);
      }
    }
  });
});

describe('the tree', () => {
  it('shows what is looked for and the way to it, closed or not', () => {
    const [session] = world.sessions.get();
    tree.expand(session!.id, false);
    tree.show({ filter: 'web-' });
    expect(texts()).toEqual(['lab-1', '  web-1', '  web-2']);
    tree.show({ filter: 'kind:network' });
    expect(texts()).toEqual(['lab-1', '  Networks', '    NAT network']);
    tree.show({ filter: 'nothing at all' });
    expect(texts()).toEqual([]);
    tree.show({ filter: '' });
    expect(texts()).toEqual(['lab-1']);
  });
  it('follows changes of what it is ordered by, soon, and only while it is', async () => {
    const changed = vi.fn(), stop = tree.watch(changed);
    tree.show({ view: 'power' });
    expect(texts()).not.toContain('Suspended');
    changed.mockClear();
    bridge.host.change('VM', refOf('VM', 'web-1'), { power_state: 'Suspended' });
    await vi.waitFor(() => { expect(changed).toHaveBeenCalled(); });
    expect(texts()).toContain('Suspended');
    tree.show({ view: 'hosts' });
    changed.mockClear();
    bridge.host.change('VM', refOf('VM', 'web-1'), { power_state: 'Running' });
    expect(changed).not.toHaveBeenCalled();
    stop();
  });
});
