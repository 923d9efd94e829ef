/* Whole runs of xe: records of every kind, many VMs at once, and waiting for what happens. */
import { beforeEach, describe, expect, it } from 'vitest';
import { VMS, XeRuns } from '../../tests/fixtures/xe';
import type { XenapiPeer } from '../../tests/peers/xenapi-peer';
import { ApiError } from '../shared/api';

const runs = new XeRuns(), { xe, withVms, withTask, asyncCalls } = runs;
let peer: XenapiPeer;
beforeEach(() => { ({ peer } = runs); });

describe('records of every kind', () => {
  const PUT: Record<string, Record<string, Record<string, unknown>>> = {
    VIF: { 'OpaqueRef:v': { uuid: 'uuid-v', VM: 'OpaqueRef:1', network: 'OpaqueRef:n', device: '0', MAC: '02:00:00:00:00:01' } },
    network: { 'OpaqueRef:n': { uuid: 'uuid-n', name_label: 'lan', VIFs: ['OpaqueRef:v'], tags: ['prod'] } },
  };
  const calls: unknown[][] = [];
  beforeEach(() => {
    withVms();
    calls.length = 0;
    for (const [cls, records] of Object.entries(PUT)) {
      peer.answer(`${cls}.get_all_records` as never, () => records);
      peer.answer(`${cls}.get_record` as never, ([ref]) => records[String(ref)]);
      peer.answer(`${cls}.get_by_name_label` as never, ([name]) => Object.keys(records).filter(ref => records[ref]?.['name_label'] === name));
      peer.answer(`${cls}.get_by_uuid` as never, ([uuid]) => Object.keys(records).find(ref => records[ref]?.['uuid'] === uuid) ?? (() => { throw new ApiError('UUID_INVALID', cls, String(uuid)); })());
    }
    for (const method of ['VM.set_name_label', 'VM.set_memory_static_max', 'VM.set_ha_always_run', 'VM.set_actions_after_crash', 'VM.set_affinity', 'VM.add_to_other_config', 'VM.remove_from_other_config', 'VM.add_tags', 'VM.remove_tags', 'VM.set_tags', 'network.set_name_label']) {
      peer.answer(method, params => { calls.push([method, ...params]); return ''; });
    }
    peer.answer('VM.get_record', ([ref]) => ({ tags: ['old'], other_config: { owner: 'ann' }, ...VMS[String(ref)] }));
  });

  it('are listed with what they refer to, and found by it', async () => {
    expect((await xe(['vif-list', 'vm-uuid=uuid-1', 'network-name-label=lan', '--minimal'])).out).toBe('uuid-v\n');
    expect((await xe(['vif-list', 'network-name-label=wan', '--minimal'])).out).toBe('\n');
    const { out } = await xe(['vif-list']);
    for (const line of ['vm-uuid ( RO): uuid-1\n', 'vm-name-label ( RO): web\n', 'network-name-label ( RO): lan\n']) expect(out).toContain(line);
    expect((await xe(['network-list', 'tags:contains=prod', 'params=vif-uuids', '--minimal'])).out).toBe('uuid-v\n');
    expect((await xe(['template-list', '--minimal'])).out).toBe('uuid-t\n');
  });
  it('are read field by field', async () => {
    expect((await xe(['network-param-get', 'uuid=lan', 'param-name=name-label'])).out).toBe('lan\n');
    expect((await xe(['vm-param-get', 'uuid=uuid-1', 'param-name=other-config', 'param-key=owner'])).out).toBe('ann\n');
    expect(await xe(['vm-param-get', 'uuid=uuid-1', 'param-name=other-config', 'param-key=none'])).toMatchObject({ code: 1 });
    expect((await xe(['network-param-list', 'uuid=uuid-n'])).out).toContain('VIFs (SRO): uuid-v\n');
  });
  it('are changed, each value as its type wants it', async () => {
    expect(await xe(['vm-param-set', 'uuid=uuid-1', 'name-label=web2', 'memory-static-max=2GiB', 'ha-always-run=yes', 'actions-after-crash=RESTART', 'affinity=', 'other-config:owner=bob'])).toMatchObject({ code: 0, out: '' });
    expect(calls).toEqual([['VM.set_name_label', 'OpaqueRef:1', 'web2'], ['VM.set_memory_static_max', 'OpaqueRef:1', 2 * 2 ** 30], ['VM.set_ha_always_run', 'OpaqueRef:1', true], ['VM.set_actions_after_crash', 'OpaqueRef:1', 'restart'],
      ['VM.set_affinity', 'OpaqueRef:1', 'OpaqueRef:NULL'], ['VM.remove_from_other_config', 'OpaqueRef:1', 'owner'], ['VM.add_to_other_config', 'OpaqueRef:1', 'owner', 'bob']]);
  });
  it('keep all they have while one word of what was typed makes no sense', async () => {
    for (const wrong of ['power-state=running', 'nonsense=1', 'name-label:key=1', 'other-config=1', 'memory-static-max=much', 'ha-always-run=perhaps', 'actions-after-crash=dance']) {
      expect([wrong, (await xe(['vm-param-set', 'uuid=uuid-1', 'name-label=changed', wrong])).code]).toEqual([wrong, 2]);
    }
    expect((await xe(['vm-param-set', 'uuid=uuid-1'])).code).toBe(2);
    expect(calls).toEqual([]);
  });
  it('get into their sets and maps, and out of them', async () => {
    for (const argv of [['vm-param-add', 'param-name=tags', 'param-key=new'], ['vm-param-remove', 'param-name=tags', 'param-key=old'], ['vm-param-add', 'param-name=other-config', 'a=1', 'b=2'], ['vm-param-remove', 'param-name=other-config', 'param-key=owner'], ['vm-param-clear', 'param-name=tags']]) {
      expect([argv, (await xe([...argv, 'uuid=uuid-1'])).code]).toEqual([argv, 0]);
    }
    expect(calls.filter(([method]) => method !== 'VM.remove_from_other_config')).toEqual([['VM.add_tags', 'OpaqueRef:1', 'new'], ['VM.remove_tags', 'OpaqueRef:1', 'old'], ['VM.add_to_other_config', 'OpaqueRef:1', 'a', '1'], ['VM.add_to_other_config', 'OpaqueRef:1', 'b', '2'], ['VM.set_tags', 'OpaqueRef:1', []]]);
    expect((await xe(['vm-param-remove', 'uuid=uuid-1', 'param-name=tags', 'param-key=none'])).code).toBe(1);
    expect((await xe(['vm-param-add', 'uuid=uuid-1', 'param-name=name-label', 'param-key=x'])).code).toBe(2);
  });
});

describe('a kind', () => {
  beforeEach(withVms);
  it('is what its verbs take, and nothing else of its class', async () => {
    withTask('VM.destroy');
    withTask('VM.start');
    expect(await xe(['snapshot-destroy', 'uuid=uuid-2'])).toMatchObject({ code: 1, err: expect.stringContaining('that is no snapshot') as string });
    expect(await xe(['snapshot-uninstall', 'snapshot-uuid=web', '--force'])).toMatchObject({ code: 1, err: expect.stringContaining('there is no snapshot "web"') as string });
    expect(await xe(['template-param-get', 'uuid=uuid-1', 'param-name=name-label'])).toMatchObject({ code: 1, err: expect.stringContaining('that is no template') as string });
    expect(await xe(['vm-start', 'vm=before'])).toMatchObject({ code: 1, err: expect.stringContaining('there is no VM "before"') as string });
    expect(asyncCalls).toEqual([]);
    expect(await xe(['snapshot-destroy', 'snapshot-uuid=before'])).toMatchObject({ code: 0 });
    expect(asyncCalls).toEqual([['VM.destroy', 'OpaqueRef:s']]);
  });
  it('of file that cannot be read is said in words', async () => {
    expect(await xe(['secret-create', 'value-file=/nonexistent'])).toMatchObject({ code: 2, err: expect.stringContaining('value-file= cannot be read') as string });
    expect(await xe(['vm-migrate', 'vm=web', 'remote-master=h', 'remote-password-file=/nonexistent', 'remote-fingerprint=x'])).toMatchObject({ code: 2, err: expect.stringContaining('remote-password-file= cannot be read') as string });
  });
});

describe('many VMs', () => {
  beforeEach(withVms);
  it('are taken by a filter, with --multiple only', async () => {
    withTask('VM.start');
    expect(await xe(['vm-start', 'name-label=twin'])).toMatchObject({ code: 1, err: expect.stringContaining('2 VMs fit; --multiple takes them all: twin, twin') as string });
    expect(asyncCalls).toEqual([]);
    expect((await xe(['vm-start', 'power-state=halted', '--multiple'])).code).toBe(0);
    expect(asyncCalls.map(([, ref]) => ref)).toEqual(['OpaqueRef:2', 'OpaqueRef:3', 'OpaqueRef:4']);
    expect(await xe(['vm-start', 'name-label=none'])).toMatchObject({ code: 1, err: expect.stringContaining('no VM fits') as string });
    expect((await xe(['vm-start', 'vm=web', 'power-state=halted'])).code).toBe(2);
  });
  it('do not keep each other from it', async () => {
    withTask('VM.suspend', { status: 'failure', error_info: ['VM_BAD_POWER_STATE', 'r', 'running', 'halted'] });
    peer.answer('VM.get_name_label', ([ref]) => VMS[String(ref)]?.['name_label']);
    expect(await xe(['vm-suspend', 'name-label=twin', '--multiple'])).toMatchObject({ code: 1, err: expect.stringMatching(/twin: the VM is halted.*\n.*twin: .*2 of 2 failed/s) as string });
    expect(asyncCalls).toHaveLength(2);
  });
});

describe('event-wait', () => {
  it('ends when an object is so, and when its time is over', async () => {
    peer.put('VM', 'OpaqueRef:1', { uuid: 'uuid-1', name_label: 'web', power_state: 'Halted' });
    const waiting = xe(['event-wait', 'class=vm', 'name-label=web', 'power-state=running']);
    while (!peer.asked.includes('event.from')) await new Promise(resolve => setImmediate(resolve));
    peer.put('VM', 'OpaqueRef:1', { uuid: 'uuid-1', name_label: 'web', power_state: 'Running' });
    expect(await waiting).toMatchObject({ code: 0, out: '' });
    expect((await xe(['event-wait', 'class=vm', 'name-label=web', 'power-state=/=halted'])).code).toBe(0);
    expect(await xe(['event-wait', 'class=vm', 'name-label=none', 'timeout=0.05'])).toMatchObject({ code: 1, err: expect.stringContaining('in time') as string });
    expect((await xe(['event-wait', 'class=nonsense', 'a=b'])).code).toBe(2);
    expect((await xe(['event-wait', 'class=vm', 'nonsense=b'])).code).toBe(2);
  });
});
