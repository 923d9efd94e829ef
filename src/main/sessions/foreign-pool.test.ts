import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { connect } from '../../client';
import type { SessionView } from '../../shared/ipc';
import { recordAt, RELEASES } from '../../../tests/peers/releases';
import { ForeignPool } from '../../../tests/peers/foreign-pool';
import { HOSTS, refOf } from '../../../tests/peers/foreign-records';
import { Metrics } from '../../connection/metrics/metrics';
import { Settings } from '../settings/settings';
import { Sessions } from './sessions';

/* Hosts that are not ours: a pool of three as XCP-ng 8.2 ("stockholm"), XenServer 8 ("nile") and a host of today have it, on real sockets. */
describe.each(RELEASES)('a pool of release %s', release => {
  let pool: ForeignPool, sessions: Sessions, settings: Settings, heard: (() => void) | undefined;
  beforeEach(async () => {
    pool = await ForeignPool.start(release);
    settings = new Settings({ content: { hosts: [] }, write: () => undefined }, { areSafe: false, seal: () => undefined, open: () => undefined });
    // A person has looked at the certificate of the coordinator; those of members it tells itself.
    settings.remember({ address: pool.coordinator.addressText, user: 'root', fingerprint: pool.coordinator.fingerprint, lastUsed: '' }, undefined);
    sessions = new Sessions({ settings, random: () => 0, dial: options => connect({ ...options, limits: { callTimeoutMs: 5_000, connectTimeoutMs: 5_000 } }) });
    sessions.onState.on(() => { heard?.(); });
    sessions.onRecords.on(() => { heard?.(); });
  });
  afterEach(async () => { await sessions.close(); await pool.stop(); });

  const until = async (check: () => boolean): Promise<void> => { while (!check()) await new Promise<void>(resolve => { heard = resolve; }); };
  const live = async (): Promise<SessionView> => {
    const view = await sessions.connect({ address: pool.coordinator.addressText, user: 'root', password: 'secret', keepPassword: false });
    expect(view.state).toEqual({ at: 'live' });
    return view;
  };
  const session = () => sessions.find(sessions.list()[0]?.id ?? '')!;
  const vm = (name: string) => session().records.get('VM', refOf('VM', name));
  const call = async (method: Parameters<Sessions['call']>[1], ...args: unknown[]): Promise<unknown> => sessions.call(sessions.list()[0]?.id ?? '', method, args as never);

  it('is reached by a member, filled by POST alone, and every record has every field', async () => {
    const [, member] = pool.hosts;
    const view = await sessions.connect({ address: member!.addressText, user: 'root', password: 'secret', keepPassword: false, accept: member!.fingerprint });
    expect(view).toMatchObject({ address: pool.coordinator.addressText, state: { at: 'live' } });
    const { records } = session();
    expect([...records.all('host').values()].map(host => host.name_label).sort()).toEqual([...HOSTS]);
    expect([...records.all('VM').values()].filter(each => !each.is_a_template && !each.is_control_domain)).toHaveLength(20);
    expect(records.all('SR').size).toBe(5);
    expect(vm('db-primary')).toMatchObject({ power_state: 'Running', resident_on: refOf('host', 'xcp-1'), pending_guidances: [], NVRAM: {} });
    expect(vm('mail')?.HVM_shadow_multiplier).toBe(1); // NaN on the wire: as if nobody had said it
    expect(vm('from the future')).toMatchObject({ power_state: 'Hibernated', allowed_operations: ['transcend'] });
    expect(pool.coordinator.asked.filter(method => method === 'event.from').length).toBeGreaterThan(0);
  });

  it('does what the host allows, and tells what it does not, in a task and without', async () => {
    await live();
    expect(vm('staging')?.allowed_operations).toContain('start');
    const { value: task } = await call('Async.VM.start', refOf('VM', 'staging'), false, false) as { value: string };
    await until(() => vm('staging')?.power_state === 'Running' && session().records.get('task', task)?.status === 'success');
    expect(vm('staging')).toMatchObject({ resident_on: refOf('host', 'xcp-2') });
    expect(vm('staging')?.allowed_operations).not.toContain('start');
    expect(await call('VM.start', refOf('VM', 'staging'), false, false)).toMatchObject({ ok: false, kind: 'refused', code: 'VM_BAD_POWER_STATE' });
    const { value: refused } = await call('Async.VM.unpause', refOf('VM', 'staging')) as { value: string };
    await until(() => session().records.get('task', refused)?.status === 'failure');
    expect(session().records.get('task', refused)?.error_info).toEqual(['VM_BAD_POWER_STATE', refOf('VM', 'staging'), 'other', 'running']);
  });

  it('tells what the role allows, and again when somebody’s role has changed', async () => {
    let allowed = ['vm.start'];
    pool.coordinator.answer('session.get_record', () => ({ is_local_superuser: false, rbac_permissions: allowed }));
    await live();
    await until(() => session().view.permissions?.join() === 'vm.start');
    allowed = ['vm.destroy', 'vm.start'];
    pool.coordinator.put('subject', refOf('subject', 'anna'), recordAt(release, 'subject', { uuid: 'a', subject_identifier: 'S-1' }));
    await until(() => session().view.permissions?.join() === 'vm.destroy,vm.start');
  });

  it('has no methods of later releases, and says so', async () => {
    await live();
    const reply = await call('pool.get_repositories', refOf('pool', 'pool'));
    expect(reply).toMatchObject(release === 'stockholm' ? { ok: false, kind: 'refused', code: 'MESSAGE_METHOD_UNKNOWN' } : { ok: true, value: [] });
  });

  it('may forget our session and our place in its events, and goes on', async () => {
    await live();
    pool.coordinator.invalidateSessions();
    expect(await call('VM.get_name_label', refOf('VM', 'mail'))).toEqual({ ok: true, value: 'mail' });
    pool.coordinator.loseEvents();
    pool.change('VM', refOf('VM', 'mail'), { name_label: 'post' });
    await until(() => vm('mail')?.name_label === 'post');
    expect(session().view.state).toEqual({ at: 'live' });
    expect(pool.coordinator.logins.length).toBeGreaterThan(1);
  });

  it('is not believed with another certificate', async () => {
    await live();
    await sessions.close();
    await pool.coordinator.changeCertificate();
    const view = await sessions.connect({ address: pool.coordinator.addressText, user: 'root', password: 'secret', keepPassword: false });
    expect(view.state).toMatchObject({ at: 'certificate-changed', fingerprint: pool.coordinator.fingerprint });
  });

  it('shows the console of a VM there, where it runs', async () => {
    await live();
    for (const [name, at] of [['web-1', 0], ['web-2', 1]] as const) {
      const reply = await session().openConsole(refOf('console', name));
      if (!reply.ok) throw new Error(JSON.stringify(reply));
      expect(await text(reply.value)).toBe(`RFB 003.008\n${HOSTS[at]}`);
      expect(pool.hosts[at]?.consoleRequests.at(-1)).toMatchObject({ method: release === 'stockholm' ? 'CONNECT' : 'GET', cookie: expect.stringMatching(/^session_id=/) as string });
    }
    expect(pool.hosts[1]?.fingerprint).not.toBe(pool.coordinator.fingerprint); // told by the coordinator
  });

  it('tells its figures in its dialect, each host its own, archives from where the VM is', async () => {
    const { id } = await live();
    const metrics = new Metrics(sessions), told = new Map<string, number>();
    let tell = (): void => undefined;
    metrics.onRows.on(rows => { if (rows.ok) told.set(rows.host, rows.values.length); tell(); });
    metrics.watch(id, true);
    while (told.size < 3) await new Promise<void>(resolve => { tell = resolve; });
    expect(told).toEqual(new Map(HOSTS.map((name, i) => [refOf('host', name), 2 + [5, 4, 4][i]!]))); // the host, its control domain, and its VMs
    metrics.stopAll();
    expect(await metrics.history(id, 'VM', refOf('VM', 'web-3'))).toMatchObject({ ok: true, value: { sources: ['cpu0'], lastUpdateS: 1_764_403_205 } });
    // Without knowing where it runs: the coordinator sends us there.
    const reply = await session().readText('/vm_rrd', { uuid: vm('web-3')!.uuid });
    expect(reply).toMatchObject({ ok: true, value: expect.stringContaining('cpu0') as string });
  });

  it('sends transfers to the member that has the thing, and to nobody else', async () => {
    await live();
    const into = new PassThrough(), got = text(into);
    expect(await session().download('/export', { ref: refOf('VM', 'web-2') }, { into })).toEqual({ ok: true, value: 21 });
    into.end();
    expect(await got).toBe('an archive from xcp-2');
    const bytes = Buffer.alloc(300_000, 7);
    expect(await session().upload('/import_raw_vdi', { vdi: refOf('VDI', 'web-3 disk') }, { read: () => Readable.from([bytes]), sizeBytes: bytes.length })).toEqual({ ok: true, value: undefined });
    expect(pool.uploads).toEqual([{ host: 'xcp-3', path: '/import_raw_vdi', bytes: bytes.length }]);
    const stranger = await ForeignPool.start(release);
    try {
      pool.coordinator.onGet = (_request, response) => { response.writeHead(302, { location: `https://${stranger.coordinator.addressText}/export?x=1`, connection: 'close' }).end(); };
      expect(await session().download('/export', { ref: refOf('VM', 'web-2') }, { into: new PassThrough() })).toEqual({ ok: false, kind: 'silent', reason: 'certificate-untrusted' });
      expect(stranger.coordinator.bytesRead).toBe(0);
    } finally { await stranger.stop(); }
  });
});
