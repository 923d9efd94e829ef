import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, type EventBatch, type Records } from '../../../src/shared/api';
import { Lab } from './lab';

let lab: Lab, session: string, wire: Awaited<ReturnType<Lab['wire']>>;
beforeEach(async () => { lab = await Lab.start(); session = await lab.login(); wire = await lab.wire(); });
afterEach(() => lab.stop());

type Task = Records['task'];
const failure = async (promise: Promise<unknown>): Promise<string[]> => {
  try { await promise; } catch (error) { if (error instanceof ApiError) return [error.code, ...error.params]; throw error; }
  throw new Error('succeeded');
};
/** Follows one task by events until it has ended. */
const ended = async (ref: string): Promise<Task> => {
  for (let token = ''; ;) {
    const batch = await wire.call('event.from', session, [`task/${ref}`], token, 30) as EventBatch;
    token = batch.token;
    const task = batch.events.at(-1)?.snapshot as Task | undefined;
    if (task && task.status !== 'pending') return task;
  }
};

describe('Async', () => {
  it('answers a task at once, whose end comes as an event', async () => {
    const ref = await wire.call('Async.VM.start', session, lab.vm, false, false) as string;
    const begun = lab.store.get('task', ref);
    expect(begun).toMatchObject({ name_label: 'Async.VM.start', created: '20260102T03:04:05Z', type: '<none/>', resident_on: lab.host });
    expect(await ended(ref)).toMatchObject({ status: 'success', progress: 1, finished: '20260102T03:04:05Z', result: '<value></value>', error_info: [], allowed_operations: [] });
  });
  it('holds the result as XML-RPC text', async () => {
    const task = await ended(await wire.call('Async.VM.clone', session, lab.vm, 'a <b>') as string);
    const clone = /^<value>(OpaqueRef:[0-9a-f-]+)<\/value>$/.exec(task.result)?.[1];
    expect(await lab.call('VM.get_name_label', session, clone)).toBe('a <b>');
  });
  it('holds the error', async () => {
    expect(await ended(await wire.call('Async.VM.start', session, lab.vm, true, false) as string)).toMatchObject({ status: 'failure', error_info: ['VM_BAD_POWER_STATE', lab.vm, 'halted', 'running'], result: '' });
    expect(await ended(await wire.call('Async.VM.unpause', session, lab.vm) as string)).toMatchObject({ status: 'failure', error_info: ['INTERNAL_ERROR', 'a bug'] });
    expect(JSON.stringify(lab.log)).toContain('TypeError: a bug');
    expect((await failure(wire.call('Async.VM.start', session, lab.vm))).slice(0, 2)).toEqual(['MESSAGE_PARAMETER_COUNT_MISMATCH', 'VM.start']);
    expect(await failure(wire.call('Async.VM.start', session, 5, true, true))).toEqual(['FIELD_TYPE_ERROR', 'vm']);
  });
  it('is cancelled', async () => {
    const ref = await wire.call('Async.VM.pause', session, lab.vm) as string;
    expect(lab.store.get('task', ref)).toMatchObject({ status: 'pending', allowed_operations: ['cancel'] });
    await wire.call('task.cancel', session, ref);
    expect(await ended(ref)).toMatchObject({ status: 'cancelled', error_info: ['TASK_CANCELLED', ref], current_operations: {} });
    await wire.call('task.cancel', session, ref);
    await wire.call('task.destroy', session, ref);
    expect(await failure(wire.call('task.get_status', session, ref))).toEqual(['HANDLE_INVALID', 'task', ref]);
  });
  it('goes on when it is destroyed, and is gone when it has ended', async () => {
    const ref = await wire.call('Async.VM.pause', session, lab.vm) as string;
    await wire.call('task.destroy', session, ref);
    expect(lab.store.get('task', ref).current_operations).toEqual({ destroy: 'destroy' });
    const { token } = await wire.call('event.from', session, ['task'], '', 5) as EventBatch;
    await wire.call('task.cancel', session, ref);
    for (let t = token; lab.store.find('task', ref); ) t = (await wire.call('event.from', session, ['task'], t, 30) as EventBatch).token;
    expect(lab.store.all('task').size).toBe(0);
  });
  it('ends quietly after the service', async () => {
    const ref = await wire.call('Async.VM.pause', session, lab.vm) as string;
    lab.stopping.abort();
    await lab.server.dispose();
    lab.store.dispose();
    await new Promise(resolve => { setImmediate(resolve); });
    expect(lab.store.get('task', ref).status).toBe('pending'); // vitest fails on an unhandled rejection
    expect(lab.log.filter(line => line.level === 'error')).toEqual([]);
  });
  it('belongs to the host: a client cannot say how it stands', async () => {
    const ref = await wire.call('Async.VM.pause', session, lab.vm) as string;
    for (const [method, value] of [['set_status', 'success'], ['set_progress', 0.5], ['set_result', 'x'], ['set_error_info', []]] as const) {
      expect((await failure(wire.call(`task.${method}`, session, ref, value)))[0]).toBe('OPERATION_NOT_ALLOWED');
    }
  });
});

describe('the tasks of others', () => {
  it('are theirs, but for those who may more', async () => {
    await lab.call('host.call_plugin', session, lab.host, 'administrator-console', 'user_add', { name: 'anna', password: 'a', role: 'vm-admin' });
    await lab.call('host.call_plugin', session, lab.host, 'administrator-console', 'user_add', { name: 'otto', password: 'o', role: 'pool-operator' });
    const [anna, otto] = [await lab.call('session.login_with_password', 'anna', 'a'), await lab.call('session.login_with_password', 'otto', 'o')];
    const roots = await lab.call('task.create', session, 'upload', '') as string, annas = await lab.call('task.create', anna, 'upload', '') as string;
    for (const [method, ...args] of [['cancel'], ['destroy'], ['set_progress', 0.5], ['set_status', 'success']] as const) expect((await failure(lab.call(`task.${method}`, anna, roots, ...args)))[0]).toBe('RBAC_PERMISSION_DENIED');
    expect(await lab.call('session.get_tasks', anna, anna)).toEqual([annas]);
    expect(await lab.call('session.get_record', session, session)).toMatchObject({ tasks: [roots] });
    await lab.call('task.set_progress', anna, annas, 0.5);
    await lab.call('task.cancel', otto, annas);
    expect(lab.store.get('task', annas).status).toBe('cancelled');
    await lab.call('task.destroy', anna, annas);
    expect(await lab.call('session.get_tasks', anna, anna)).toEqual([]);
  });
});

describe('tasks of clients', () => {
  it('are made, told of, ended and destroyed by them', async () => {
    const ref = await lab.call('task.create', session, 'upload', 'of an ISO') as string;
    await lab.call('task.set_progress', session, ref, 0.5);
    expect(await failure(lab.call('task.set_progress', session, ref, 2))).toEqual(['INVALID_VALUE', 'progress', '2']);
    expect(await failure(lab.call('task.set_status', session, ref, 'done'))).toEqual(['INVALID_VALUE', 'value', 'done']);
    await lab.call('task.set_status', session, ref, 'success');
    expect(lab.store.get('task', ref)).toMatchObject({ name_label: 'upload', progress: 0.5, status: 'success', finished: '20260102T03:04:05Z' });
    expect((await failure(lab.call('task.set_progress', session, ref, 1)))[0]).toBe('OPERATION_NOT_ALLOWED');
    await lab.call('task.destroy', session, ref);
    expect(lab.store.all('task').size).toBe(0);
  });
  it('are cancelled at once', async () => {
    const ref = await lab.call('task.create', session, 'upload', '') as string;
    await lab.call('task.cancel', session, ref);
    expect(lab.store.get('task', ref).status).toBe('cancelled');
  });
  it('go when there are too many finished ones', async () => {
    for (let i = 0; i < 505; i++) await wire.call('task.set_status', session, await wire.call('task.create', session, String(i), ''), 'success');
    expect(await ended(await wire.call('Async.VM.clone', session, lab.vm, 'x') as string)).toMatchObject({ status: 'success' });
    expect(lab.store.all('task').size).toBe(500);
  });
});
