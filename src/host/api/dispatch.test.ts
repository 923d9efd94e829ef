import { describe, expect, it } from 'vitest';
import { nullRef, type ClassName } from '../../shared/api';
import { CLASSES } from '../../shared/api/generated/model';
import type { Handlers } from '../operations/contract';
import { permissionsOf, PLUGIN_ROLES } from '../operations/session/permissions';
import type { Sessions } from '../operations/session/sessions';
import type { Tasks } from '../operations/task/tasks';
import { createDispatcher } from './dispatch';
import { buildMethods } from './methods';

/* Who may call what: every message for every role, by the data model. */

const RANK = ['read-only', 'vm-operator', 'vm-admin', 'vm-power-admin', 'pool-operator', 'pool-admin', 'local-root'];
const all = (Object.keys(CLASSES) as ClassName[]).flatMap(cls => CLASSES[cls].messages.filter(m => m.removed !== true).map(message => ({ name: `${cls}.${message.name}`, message })));
const handlers = Object.fromEntries(all.map(({ name }) => [name, () => { throw new Error('came through'); }])) as Handlers;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

const methods = buildMethods(handlers);
const dispatcherFor = (role: string): ReturnType<typeof createDispatcher> => createDispatcher(methods,
  { caller: () => ({ session: nullRef(), user: 'anna', role, origin: '' }) } as unknown as Sessions,
  { run: () => 'OpaqueRef:task' } as unknown as Tasks, { args: () => ({}), tell: () => () => undefined, write: () => undefined }, quiet, new AbortController().signal);
const PEER = { address: '127.0.0.1', localAddress: '127.0.0.1', onGone: () => ({ dispose: () => undefined }) };

/** Denied, or what became of the call otherwise. */
const call = async (role: string, method: string, params: readonly unknown[]): Promise<string> => {
  const answer = await dispatcherFor(role).call(method, params, PEER);
  if (answer.ok) return 'through';
  return answer.error[0] === 'RBAC_PERMISSION_DENIED' ? `denied ${answer.error[1] ?? ''}` : 'through';
};

describe('every message for every role', () => {
  it.each(RANK)('%s', async role => {
    const dispatcher = dispatcherFor(role), wrong: string[] = [], mine = new Set(permissionsOf(role));
    for (const { name, message } of all) {
      if (message.noSession) continue;
      // As many arguments as it takes, of types that are wrong: the role is asked first.
      const answer = await dispatcher.call(name, ['OpaqueRef:session', ...message.params.map(() => [])], PEER);
      const isDenied = !answer.ok && answer.error[0] === 'RBAC_PERMISSION_DENIED';
      const needed = name === 'session.change_password' ? 'read-only' : message.role;
      if (isDenied !== (RANK.indexOf(role) < RANK.indexOf(needed))) wrong.push(`${name}: ${needed}`);
      if (isDenied && !answer.ok && answer.error[1] !== name.toLowerCase()) wrong.push(`${name}: says ${answer.error[1]}`);
      if (mine.has(name.toLowerCase()) === isDenied) wrong.push(`${name}: another word in rbac_permissions`);
    }
    expect(wrong).toEqual([]);
  });
  it('knows a role for every message', () => { expect(all.filter(({ message }) => !RANK.includes(message.role))).toEqual([]); });
});

describe('keys of a map with a role of their own', () => {
  it.each([
    ['vm-operator', 'VM.add_to_other_config', 'folder', 'through'], ['read-only', 'VM.add_to_other_config', 'folder', 'denied vm.add_to_other_config/key:folder'],
    ['vm-operator', 'VM.add_to_other_config', 'XenCenter.CustomFields.owner', 'through'], ['vm-operator', 'VM.add_to_other_config', 'any', 'denied vm.add_to_other_config'],
    ['pool-operator', 'VM.add_to_other_config', 'pci', 'denied vm.add_to_other_config/key:pci'], ['pool-admin', 'VM.add_to_other_config', 'pci', 'through'],
  ])('%s, %s %s: %s', async (role, method, key, expected) => { expect(await call(role, method, ['OpaqueRef:session', 'OpaqueRef:vm', key, 'x'])).toBe(expected); });
  it('a function of the plug-in needs its own role', async () => {
    const plugin = (role: string, fn: string): Promise<string> => call(role, 'host.call_plugin', ['OpaqueRef:session', 'OpaqueRef:host', 'administrator-console', fn, {}]);
    for (const [fn, needed] of Object.entries(PLUGIN_ROLES)) for (const role of RANK) expect(await plugin(role, fn)).toBe(RANK.indexOf(role) < RANK.indexOf(needed) ? `denied host.call_plugin/key:${fn}` : 'through');
    expect(await plugin('pool-operator', 'none_of_ours')).toBe('denied host.call_plugin');
  });
});

it('an Async call is asked for the same', async () => {
  expect(await call('vm-operator', 'Async.VM.destroy', ['OpaqueRef:session', 'OpaqueRef:vm'])).toBe('denied vm.destroy');
  expect(await call('vm-admin', 'Async.VM.destroy', ['OpaqueRef:session', 'OpaqueRef:vm'])).toBe('through');
});
