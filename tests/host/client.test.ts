/* The client, and the sessions that the console's main process keeps, against a real host. */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complete, connect, EVENT_CLASSES, type Client } from '../../src/client';
import { CLASSES } from '../../src/shared/api/generated/model';
import type { RecordPatch, SessionView } from '../../src/shared/ipc';
import { Sessions } from '../../src/main/sessions';
import { Settings } from '../../src/main/settings/settings';
import { secretsOf } from '../../src/main/settings/secrets';
import { startHost, TINY_LINUX, type TestHost } from '../fixtures/host';

let host: TestHost;
beforeAll(async () => { host = await startHost(); });
afterAll(async () => { await host.dispose(); });

const dial = (more: { fingerprint?: string; password?: string } = {}) =>
  connect({ address: { host: '127.0.0.1', port: host.port }, fingerprint: host.fingerprint, user: 'root', password: host.password, originator: 'client.test', ...more });
const connected = async (): Promise<Client> => {
  const outcome = await dial();
  if (outcome.outcome !== 'connected') throw new Error(JSON.stringify(outcome));
  return outcome.client;
};

describe('the client', () => {
  it('speaks to its own host over one WebSocket', async () => {
    const client = await connected();
    expect(client.via).toBe('websocket');
    expect(await client.call('system.listMethods')).toContain('Async.VM.start');
    await client.close();
  });
  it('tells trust, refusal and reach apart', async () => {
    const stranger = Array.from({ length: 32 }, () => 'AB').join(':');
    expect(await dial({ fingerprint: stranger })).toEqual({ outcome: 'changed', expected: stranger, got: host.fingerprint });
    expect(await connect({ address: { host: '127.0.0.1', port: host.port }, user: 'root', password: '', originator: 'x' })).toEqual({ outcome: 'untrusted', fingerprint: host.fingerprint });
    expect(await dial({ password: 'wrong' })).toMatchObject({ outcome: 'refused', error: { code: 'SESSION_AUTHENTICATION_FAILED' } });
  });
  it('is told by events what is not the default, and fills in the rest: the records are those that getters give', async () => {
    const client = await connected();
    const { events } = await client.call('event.from', ['*'], '', 5);
    const byWire = new Map(EVENT_CLASSES.map(cls => [cls.toLowerCase(), cls]));
    expect(events.filter(event => !byWire.has(event.class))).toEqual([]);
    for (const cls of ['host', 'VM', 'SR', 'network', 'PIF'] as const) {
      const told = events.filter(event => byWire.get(event.class) === cls), records = await client.call(`${cls}.get_all_records`);
      expect(told.length, cls).toBeGreaterThan(0);
      expect(Object.fromEntries(told.map(({ ref, snapshot }) => [ref, complete(cls, snapshot as object as Record<string, unknown>)])), cls).toEqual(records);
      expect(Object.keys(told[0]!.snapshot as object).length).toBeLessThan(CLASSES[cls].fields.length);
    }
    await client.close();
  });
  it('renews a session that another has ended', async () => {
    const client = await connected();
    await client.call('session.logout');
    expect(await client.call('pool.get_all')).toHaveLength(1);
    await client.close();
  });
});

describe('a session of the console', () => {
  it('stays through the death of the service, and does not lose the VM', async () => {
    const settings = new Settings({ content: { hosts: [] }, write: () => undefined }, secretsOf({ isEncryptionAvailable: () => false, encryptString: text => Buffer.from(text), decryptString: String }, 'linux'));
    const sessions = new Sessions({ settings, random: () => 0 });
    let heard: (() => void) | undefined;
    const states: SessionView[] = [];
    const patches: RecordPatch[] = [];
    sessions.onState.on(view => { states.push(view); heard?.(); });
    sessions.onRecords.on(patch => { patches.push(patch); heard?.(); });
    const until = async (check: () => boolean): Promise<void> => { while (!check()) await new Promise<void>(resolve => { heard = resolve; }); };
    const vmState = (id: string): string | undefined => {
      const found = sessions.records(id).changed.find(each => each.cls === 'VM' && each.record.name_label === 'steady');
      return found?.cls === 'VM' ? found.record.power_state : undefined;
    };
    try {
      const view = await sessions.connect({ address: `127.0.0.1:${host.port}`, user: 'root', password: host.password, keepPassword: true, accept: host.fingerprint });
      expect(view.state).toEqual({ at: 'live' });
      expect(settings.knownHosts()).toMatchObject([{ address: `127.0.0.1:${host.port}`, passwordKept: false }]); // no keyring here
      const { id } = view;
      const call = async (method: Parameters<typeof sessions.call>[1], ...args: unknown[]): Promise<string> => {
        const reply = await sessions.call(id, method, args as never);
        if (!reply.ok) throw new Error(JSON.stringify(reply));
        return reply.value as string;
      };
      const template = sessions.records(id).changed.find(each => each.cls === 'VM' && each.record.name_label === TINY_LINUX)!;
      const vm = await call('VM.clone', template.ref, 'steady');
      await call('VM.provision', vm);
      await call('Async.VM.start', vm, false, false);
      await until(() => vmState(id) === 'Running');
      const uuid = await call('VM.get_uuid', vm);
      const pid = host.pidOf(uuid);

      await host.stop('SIGKILL');
      await until(() => states.at(-1)?.state.at === 'lost');
      expect(vmState(id)).toBe('Running'); // what was known, with its age
      expect(await sessions.call(id, 'VM.get_all', [])).toMatchObject({ ok: false, kind: 'silent' });
      await host.start();
      sessions.retry(id);
      await until(() => states.at(-1)?.state.at === 'live');
      expect(patches.at(-1)?.reset).toBe(true);
      expect(vmState(id)).toBe('Running');
      expect(host.pidOf(uuid)).toBe(pid);
      await call('VM.hard_shutdown', vm);
      await until(() => vmState(id) === 'Halted');
    } finally {
      await sessions.close();
    }
    expect(states.at(-1)?.state).toEqual({ at: 'closed' });
  });
  it('is opened by the file that npm start writes', async () => {
    const settings = new Settings({ content: { hosts: [] }, write: () => undefined }, secretsOf({ isEncryptionAvailable: () => false, encryptString: text => Buffer.from(text), decryptString: String }, 'linux'));
    const sessions = new Sessions({ settings });
    const file = path.join(host.folder, 'connect.json');
    fs.writeFileSync(file, JSON.stringify({ address: `127.0.0.1:${host.port}`, user: 'root', tokenFile: host.passwordFile, fingerprint: host.fingerprint }));
    const live = new Promise<SessionView>(resolve => { sessions.onState.on(view => { if (view.state.at === 'live') resolve(view); }); });
    sessions.connectByFile(file);
    expect(await live).toMatchObject({ address: `127.0.0.1:${host.port}`, user: 'root', fingerprint: host.fingerprint });
    expect(settings.knownHosts()).toEqual([]);
    await sessions.close();
  });
});
