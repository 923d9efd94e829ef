import { beforeEach, describe, expect, it } from 'vitest';
import { DemoBridge } from '../../../../../tests/renderer/demo-bridge';
import { refOf } from '../../../../../tests/renderer/demo-records';
import { must } from '../../../../shared/lib/assert';
import { type Failure, type Session, World } from '../../../api';
import type { Action, Selection, Stage } from '../../../parts/actions/action';
import { newVm, TEMPLATE_ACTIONS, VM_ACTIONS } from '.';

let bridge: DemoBridge;
let session: Session;
let told: string[];
let failures: Failure[];
const stage: Stage = {
  select: () => undefined, show: () => { told.push('dialog'); }, succeeded: words => { told.push(words); }, explain: () => undefined,
  failed: (what, failure) => { told.push(what); failures.push(failure); },
};
const action = (id: string): Action => must(VM_ACTIONS.flat().find(each => each.id === `vm.${id}`), id);
const of = (...names: string[]): Selection => names.map(name => ({ session, cls: 'VM', ref: refOf('VM', name) }));
const possible = (name: string): string[] => VM_ACTIONS.flat().filter(each => each.whyNot(of(name)) === undefined).map(each => each.id.slice(3));

beforeEach(async () => {
  bridge = new DemoBridge();
  bridge.begin();
  const world = new World(bridge);
  world.start();
  await new Promise(resolve => { setTimeout(resolve, 5); });
  session = must(world.sessions.get()[0], 'session');
  told = [];
  failures = [];
});

describe('whyNot', () => {
  it('follows allowed_operations, not the power state', () => {
    expect(possible('mail')).toEqual(expect.arrayContaining(['start', 'clone', 'copy', 'make-template', 'snapshot', 'delete']));
    expect(possible('Tiny Linux 1')).toEqual(expect.arrayContaining(['shut-down', 'reboot', 'pause', 'suspend', 'force-shut-down', 'force-reboot', 'snapshot']));
    expect(possible('build-agent')).toEqual(expect.arrayContaining(['unpause', 'force-shut-down', 'force-reboot']));
    for (const name of ['Tiny Linux 1', 'build-agent']) for (const id of ['start', 'resume', 'clone', 'copy', 'make-template', 'delete']) expect(possible(name)).not.toContain(id);
    session.records.apply({ reset: false, gone: [], changed: [{ cls: 'VM', ref: refOf('VM', 'mail'), record: { ...must(session.records.get('VM', refOf('VM', 'mail')), 'vm'), power_state: 'Halted', allowed_operations: ['pause'] } }] });
    expect(possible('mail')).toEqual(['pause']);
    expect(action('start').whyNot(of('mail'))).toBe('The host does not offer this for the VM now.');
  });

  it('says in words what is needed, what is under way, and what is missing', () => {
    expect(action('start').whyNot(of('Tiny Linux 1'))).toBe('Only for a VM that is halted.');
    expect(action('force-shut-down').whyNot(of('mail'))).toMatch(/^Only for a VM that is running or paused/);
    expect(action('start').whyNot([])).toBe('Choose a VM first.');
    expect(action('start').whyNot([{ session, cls: 'SR', ref: refOf('SR', 'local') }])).toBe('Choose a VM first.');
    expect(action('start').whyNot(of('nobody'))).toBe('This VM is gone.');
    bridge.host.change('VM', refOf('VM', 'mail'), { current_operations: { task: 'start' } });
    expect(action('clone').whyNot(of('mail'))).toBe('Starting: wait until that has ended.');
  });

  it('is about every VM of the selection', () => {
    expect(action('start').whyNot(of('mail'))).toBeUndefined();
    expect(action('start').whyNot(of('mail', 'Tiny Linux 1'))).toBeDefined();
  });

  it('knows that a lost host takes no orders', () => {
    bridge.become(session.id, { at: 'lost', since: 0, reason: 'closed', attempt: 1, nextTryAt: 0 });
    expect(possible('mail')).toEqual([]);
    expect(action('start').whyNot(of('mail'))).toBe('The connection to 192.0.2.7 is lost.');
    expect(newVm.whyNot(of('mail'))).toBe('The connection to 192.0.2.7 is lost.');
  });

  it('does not run or delete a template of the host', () => {
    expect(TEMPLATE_ACTIONS.flat().filter(each => each.whyNot(of('Tiny Linux')) === undefined).map(each => each.id)).toEqual(['vm.new', 'vm.copy', 'vm.export']);
    expect(action('start').whyNot(of('Tiny Linux'))).toBe('Not possible with this template.');
  });

  it('offers New VM only where there is a template', () => {
    expect(newVm.whyNot([])).toBe('Connect to a host first.');
    session.records.apply({ reset: false, changed: [], gone: [{ cls: 'VM', ref: refOf('VM', 'Tiny Linux') }] });
    expect(newVm.whyNot(of('mail'))).toBe('This host has no template to make a VM from.');
  });
});

describe('run', () => {
  it.each([
    ['start', 'mail', 'Async.VM.start', 'Started “mail”'], ['shut-down', 'Tiny Linux 1', 'Async.VM.clean_shutdown', 'Shut down “Tiny Linux 1”'], ['reboot', 'Tiny Linux 1', 'Async.VM.clean_reboot', 'Rebooted “Tiny Linux 1”'],
    ['pause', 'Tiny Linux 1', 'Async.VM.pause', 'Paused “Tiny Linux 1”'], ['unpause', 'build-agent', 'Async.VM.unpause', 'Unpaused “build-agent”'], ['clone', 'mail', 'Async.VM.clone', 'Cloned “mail”'], ['suspend', 'Tiny Linux 1', 'Async.VM.suspend', 'Suspended “Tiny Linux 1”'],
  ])('%s calls the host once and says how it went', async (id, name, method, words) => {
    await action(id).run(of(name), stage);
    expect(bridge.host.calls.map(call => call.method)).toEqual([method]);
    expect(bridge.host.calls[0]?.args[0]).toBe(refOf('VM', name));
    expect(told).toEqual([words]);
  });

  it('asks before it forces or deletes', async () => {
    await action('force-shut-down').run(of('Tiny Linux 1'), stage);
    await action('force-reboot').run(of('Tiny Linux 1'), stage);
    await action('delete').run(of('mail'), stage);
    await action('make-template').run(of('mail'), stage);
    expect(told).toEqual(['dialog', 'dialog', 'dialog', 'dialog']);
    expect(bridge.host.calls).toEqual([]);
  });

  it('resumes what is suspended', async () => {
    bridge.host.change('VM', refOf('VM', 'mail'), { power_state: 'Suspended' });
    expect(action('start').whyNot(of('mail'))).toBe('Only for a VM that is halted.');
    await action('resume').run(of('mail'), stage);
    expect(told).toEqual(['Resumed “mail”']);
    expect(bridge.host.calls[0]).toEqual({ method: 'Async.VM.resume', args: [refOf('VM', 'mail'), false, false] });
  });

  it('respects a protection, with its reason', () => {
    bridge.host.change('VM', refOf('VM', 'mail'), { blocked_operations: { destroy: 'holds the accounts' } });
    expect(action('delete').whyNot(of('mail'))).toBe('Protected from deletion: holds the accounts.');
  });

  it('moves disks only where the host offers it, and copies one VM at a time', () => {
    expect(action('move-disks').whyNot(of('mail'))).toBe('The host does not offer to move this disk now.');
    bridge.host.change('VDI', refOf('VDI', 'mail disk'), { allowed_operations: ['mirror'] });
    expect(action('move-disks').whyNot(of('mail'))).toBeUndefined();
    expect(action('copy').whyNot(of('mail', 'build-agent'))).toMatch(/one VM only/);
  });

  it('gives a clone a name that nobody has', async () => {
    await action('clone').run(of('mail'), stage);
    await action('clone').run(of('mail'), stage);
    expect(bridge.host.calls.map(call => call.args[1])).toEqual(['mail clone', 'mail clone 2']);
  });

  it('tells each outcome of many in a dialog', async () => {
    bridge.host.change('VM', refOf('VM', 'build-agent'), { power_state: 'Halted' });
    const refuse = bridge.host.call.bind(bridge.host);
    bridge.host.call = (method, args) => (args[0] === refOf('VM', 'mail') && method === 'Async.VM.start' ? { ok: false, kind: 'refused', code: 'SR_FULL', params: ['2', '1'] } : refuse(method, args));
    await action('start').run(of('mail', 'build-agent'), stage);
    expect(told).toEqual(['dialog']); // which tells of each: parts/actions/bulk.test.tsx
    expect(bridge.host.calls.filter(({ method }) => method === 'Async.VM.start').map(({ args }) => args[0])).toContain(refOf('VM', 'build-agent'));
    expect(session.records.get('VM', refOf('VM', 'build-agent'))?.power_state).toBe('Running');
    expect(session.records.get('VM', refOf('VM', 'mail'))?.power_state).toBe('Halted');
  });
});
