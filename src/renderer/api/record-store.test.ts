import { describe, expect, it, vi } from 'vitest';
import type { Changed } from '../../shared/api';
import { recordOf, refOf } from '../../../tests/renderer/demo-records';
import type { IndexSpec } from './record-index';
import { RecordStore } from './record-store';

const vm = (name: string, label = name, template = false): Changed => ({ cls: 'VM', ref: refOf('VM', name), record: recordOf('VM', { name_label: label, is_a_template: template }) });
const patch = (changed: Changed[], gone: string[] = [], reset = false) => ({ reset, changed, gone: gone.map(ref => ({ cls: 'VM' as const, ref })) });
const VMS: IndexSpec<'VM'> = { cls: 'VM', keep: record => !record.is_a_template, sortBy: record => record.name_label };
const names = (store: RecordStore): string[] => store.index(VMS).refs.map(ref => store.get('VM', ref)?.name_label ?? '?');

describe('RecordStore', () => {
  it('wakes only who watches the record that changed', () => {
    const store = new RecordStore();
    store.apply(patch([vm('a'), vm('b')]));
    const [a, b] = [vi.fn(), vi.fn()];
    store.watch(refOf('VM', 'a'), a);
    store.watch(refOf('VM', 'b'), b);
    store.apply(patch([vm('a', 'a2')]));
    expect([a.mock.calls.length, b.mock.calls.length]).toEqual([1, 0]);
  });

  it('has taken in the whole patch before anyone is woken', () => {
    const store = new RecordStore();
    const seen: unknown[] = [];
    store.watch(refOf('VM', 'a'), () => seen.push(store.get('VM', refOf('VM', 'b'))?.name_label));
    store.apply(patch([vm('a'), vm('b')]));
    expect(seen).toEqual(['b']);
  });

  it('forgets listeners that left', () => {
    const store = new RecordStore();
    const listener = vi.fn();
    store.watch(refOf('VM', 'a'), listener)();
    store.apply(patch([vm('a')]));
    expect(listener).not.toHaveBeenCalled();
  });

  it('wakes a list only for membership and order', () => {
    const store = new RecordStore();
    store.apply(patch([vm('1', 'beta'), vm('2', 'alpha'), vm('3', 'tmpl', true)]));
    expect(names(store)).toEqual(['alpha', 'beta']);
    const listener = vi.fn();
    store.index(VMS).watch(listener);
    const before = store.index(VMS).refs;
    store.apply(patch([{ ...vm('1', 'beta'), record: recordOf('VM', { name_label: 'beta', power_state: 'Running' }) } as Changed]));
    expect(listener).not.toHaveBeenCalled();
    expect(store.index(VMS).refs).toBe(before);
    store.apply(patch([vm('1', 'aaa')]));
    expect(names(store)).toEqual(['aaa', 'alpha']);
    store.apply(patch([vm('3', 'tmpl', false)]));
    store.apply(patch([], [refOf('VM', '2')]));
    expect(names(store)).toEqual(['aaa', 'tmpl']);
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it('sorts names as people count', () => {
    const store = new RecordStore();
    store.apply(patch(['VM 10', 'VM 9', 'vm 1'].map(name => vm(name))));
    expect(names(store)).toEqual(['vm 1', 'VM 9', 'VM 10']);
  });

  it('keeps order through many changes at once and one by one', () => {
    const store = new RecordStore();
    store.index(VMS);
    const all = Array.from({ length: 300 }, (_, i) => vm(String(i), `VM ${(i * 7919) % 300}`));
    store.apply(patch(all.slice(0, 200)));
    for (const each of all.slice(200)) store.apply(patch([each]));
    expect(names(store)).toEqual(Array.from({ length: 300 }, (_, i) => `VM ${i}`));
  });

  it('voids everything on a reset, and tells also those who wait for what never came', () => {
    const store = new RecordStore();
    store.apply(patch([vm('a'), vm('b')]));
    const waiting = vi.fn();
    store.watch('OpaqueRef:never', waiting);
    store.apply(patch([vm('b')], [], true));
    expect(store.get('VM', refOf('VM', 'a'))).toBeUndefined();
    expect(waiting).toHaveBeenCalledOnce();
    expect(store.resets).toBe(1);
  });

  it('finds a record of unknown class', () => {
    const store = new RecordStore();
    store.apply(patch([vm('a')]));
    expect(store.find(refOf('VM', 'a'))?.cls).toBe('VM');
    expect(store.find('OpaqueRef:no')).toBeUndefined();
  });
});
