import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DemoBridge } from '../../../tests/renderer/demo-bridge';
import { refOf } from '../../../tests/renderer/demo-records';
import type { Bridge } from '../../shared/ipc';
import type { Disposable } from '../../shared/lib/emitter';
import { must } from '../../shared/lib/assert';
import { CallFailed } from './failure';
import { type Session } from './session';
import { World } from './world';

const MAIL = refOf('VM', 'mail');
let bridge: DemoBridge;
let world: World;
let running: Disposable;
const settle = (): Promise<void> => new Promise(resolve => { setTimeout(resolve, 5); });
const session = (): Session => must(world.sessions.get()[0], 'a session');
const about = { verb: 'start', subject: 'mail' };

beforeEach(async () => {
  bridge = new DemoBridge();
  bridge.begin();
  world = new World(bridge);
  running = world.start();
  await settle();
});
afterEach(() => { running.dispose(); });

describe('World', () => {
  it('knows the sessions and records that were there before it', () => {
    expect(world.ready.get()).toBe(true);
    expect(session().isLive).toBe(true);
    expect(session().records.get('VM', MAIL)?.name_label).toBe('mail');
  });

  it('lets no old fill overwrite a change that overtook it', async () => {
    const late = new DemoBridge();
    const view = late.begin();
    let letGo: () => void = () => undefined;
    const held = new Promise<void>(resolve => { letGo = resolve; });
    const slow: Bridge = {
      on: late.on, takeFile: late.takeFile,
      invoke: (channel, ...args) => (channel === 'session.records' ? held : Promise.resolve()).then(() => answers.get(channel) ?? late.invoke(channel, ...args)) as never,
    };
    // The fill as it was before the change, answered after it.
    const answers = new Map<string, unknown>([['session.records', await late.invoke('session.records', view.id)]]);
    const other = new World(slow);
    const stop = other.start();
    await settle();
    late.host.change('VM', MAIL, { name_label: 'post' });
    letGo();
    await settle();
    expect(other.session(view.id)?.records.get('VM', MAIL)?.name_label).toBe('post');
    stop.dispose();
  });

  it('forgets a session that was closed, with its records', () => {
    const old = session();
    bridge.become(old.id, { at: 'closed' });
    expect(world.sessions.get()).toEqual([]);
    expect(old.records.get('VM', MAIL)).toBeUndefined();
  });

  it('tells a refusal from silence', async () => {
    await expect(session().call('VM.start', refOf('VM', 'nobody'), false, false)).rejects.toMatchObject({ failure: { kind: 'refused', code: 'HANDLE_INVALID' } });
    bridge.host.silent = 'call-timeout';
    await expect(session().call('VM.start', MAIL, false, false)).rejects.toMatchObject({ failure: { kind: 'silent', reason: 'call-timeout' } });
  });
});

describe('a task', () => {
  it('is followed to its end and cleared away on the host', async () => {
    await session().run(about, undefined, 'Async.VM.start', MAIL, false, false);
    await settle();
    expect(session().records.get('VM', MAIL)?.power_state).toBe('Running');
    expect(session().records.all('task').size).toBe(0);
    expect(world.journal.entries.get().map(entry => [entry.state, entry.about?.subject])).toEqual([['done', 'mail']]);
  });

  it('answers with the reference in its result', async () => {
    const { result } = await session().run(about, undefined, 'Async.VM.clone', MAIL, 'copy');
    expect(session().records.get('VM', must(result, 'result'))?.name_label).toBe('copy');
  });

  it('fails with the error of the task', async () => {
    bridge.host.refused.set('VM.start', ['HOST_NOT_ENOUGH_FREE_MEMORY', '2', '1']);
    await expect(session().run(about, undefined, 'Async.VM.start', MAIL, false, false)).rejects.toMatchObject({ failure: { code: 'HOST_NOT_ENOUGH_FREE_MEMORY', params: ['2', '1'] } });
    expect(world.journal.entries.get()[0]).toMatchObject({ state: 'failed', failure: { code: 'HOST_NOT_ENOUGH_FREE_MEMORY' } });
  });

  it('is cancelled on the host when the caller gives up', async () => {
    bridge.host.held.add('Async.VM.start');
    const controller = new AbortController();
    const end = session().run(about, controller.signal, 'Async.VM.start', MAIL, false, false);
    await settle();
    controller.abort();
    await expect(end).rejects.toMatchObject({ failure: { kind: 'aborted' } });
    expect(world.journal.entries.get()[0]?.state).toBe('cancelled');
  });

  it('is not waited for for ever when the host has forgotten it', async () => {
    bridge.host.held.add('Async.VM.start');
    const end = session().run(about, undefined, 'Async.VM.start', MAIL, false, false);
    await settle();
    bridge.announce('session.records', { session: session().id, reset: true, changed: [], gone: [] });
    await expect(end).rejects.toBeInstanceOf(CallFailed);
    await expect(end).rejects.toMatchObject({ failure: { kind: 'outcome-unknown' } });
  });

  it('of another client is in the journal too, once', async () => {
    bridge.host.call('Async.VM.pause', [refOf('VM', 'Tiny Linux 1')]);
    await settle();
    expect(world.journal.entries.get()).toHaveLength(1);
    expect(world.journal.entries.get()[0]).toMatchObject({ method: 'Async.VM.pause', state: 'done' });
    world.journal.clearEnded();
    expect(world.journal.entries.get()).toEqual([]);
  });
});

describe('a console', () => {
  it('loses nothing that was said before anybody listened', async () => {
    const stream = await world.consoles.open(session().id, refOf('console', 'Tiny Linux 1 vt100'));
    let heard = '';
    stream.listen({ onData: bytes => { heard += new TextDecoder().decode(bytes); }, onClosed: () => undefined });
    expect(heard).toContain('Welcome');
    stream.write(new TextEncoder().encode('ls\r'));
    await settle();
    expect(heard).toMatch(/ls/);
    stream.dispose();
  });

  it('says when it was closed by the other side', async () => {
    const stream = await world.consoles.open(session().id, refOf('console', 'Tiny Linux 1 vt100'));
    const closed = new Promise(resolve => { stream.listen({ onData: () => undefined, onClosed: resolve }); });
    bridge.cutConsoles();
    await expect(closed).resolves.toBe('closed');
  });

  it('that is not given is a refusal', async () => {
    await expect(world.consoles.open(session().id, 'OpaqueRef:no')).rejects.toMatchObject({ failure: { code: 'HANDLE_INVALID' } });
  });
});
