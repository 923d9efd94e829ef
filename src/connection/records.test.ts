import { describe, expect, it } from 'vitest';
import { EPOCH, NULL_REF, type ApiEvent } from '../shared/api';
import { complete, EVENT_CLASSES, RecordCache } from './records';

const event = (operation: ApiEvent['operation'], cls: string, ref: string, snapshot?: Record<string, unknown>): ApiEvent =>
  ({ id: '1', timestamp: '0.0', class: cls, operation, ref, ...(snapshot ? { snapshot } : {}) });

describe('complete', () => {
  it('fills what an older host does not send', () => {
    const vm = complete('VM', { uuid: 'u', name_label: 'a' });
    expect(vm).toMatchObject({ uuid: 'u', name_label: 'a', power_state: 'Halted', is_a_template: false, resident_on: NULL_REF, VBDs: [], other_config: {}, snapshot_time: EPOCH });
    expect(vm.allowed_operations).toEqual([]);
  });
  it('puts no wrong kind in a field, and drops fields it does not know', () => {
    const vm = complete('VM', { name_label: 7, VBDs: 'x', other_config: [], is_a_template: 'true', memory_static_max: '9007199254740991', VCPUs_max: 'two', from_the_future: 1 });
    expect(vm).toMatchObject({ name_label: '', VBDs: [], other_config: {}, is_a_template: false, memory_static_max: 9_007_199_254_740_991 });
    expect(typeof vm.VCPUs_max).toBe('number');
    expect(vm).not.toHaveProperty('from_the_future');
  });
});

describe('RecordCache', () => {
  it('maps the wire\'s lower case classes and tells what changed', () => {
    const cache = new RecordCache();
    const { changed } = cache.apply([event('add', 'vm_guest_metrics', 'r1', { uuid: 'g' }), event('add', 'sr', 'r2', { uuid: 's' }), event('add', 'pgpu', 'r3', {}), event('add', 'session', 'r4', {})]);
    expect(changed.map(c => c.cls)).toEqual(['VM_guest_metrics', 'SR']);
    expect(cache.get('SR', 'r2')?.uuid).toBe('s');
    expect(cache.everything()).toHaveLength(2);
  });
  it('tells a deletion once', () => {
    const cache = new RecordCache();
    cache.apply([event('add', 'vm', 'r', {})]);
    expect(cache.apply([event('del', 'vm', 'r'), event('del', 'vm', 'r'), event('del', 'vm', 'other')]).gone).toEqual([{ cls: 'VM', ref: 'r' }]);
    expect(cache.all('VM').size).toBe(0);
  });
  it('changes nothing for an event without a snapshot', () => {
    expect(new RecordCache().apply([event('mod', 'vm', 'r')])).toEqual({ changed: [], gone: [] });
  });
  it('watches the classes that have events', () => { expect(EVENT_CLASSES).toContain('VM'); expect(EVENT_CLASSES).not.toContain('session'); });
});
