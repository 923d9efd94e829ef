import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostSilent } from '../connection/errors';
import { ApiError } from '../shared/api';
import type { SessionView } from '../shared/ipc';
import { HostSession } from './host-session';
import type { Wire } from './wire';

/* How a page follows its host, over a wire whose other end is here. */

const VM = { class: 'vm', ref: 'OpaqueRef:vm', id: '1', timestamp: '0.0', operation: 'add', snapshot: { name_label: 'one', uuid: 'u' } };

/** Answers the fill at once; then each event.from waits until it is told or refused. */
class Host {
  opened = 0;
  refusesToOpen = false;
  waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  readonly open = (): Promise<Wire> => {
    this.opened++;
    if (this.refusesToOpen) return Promise.reject(new HostSilent('closed'));
    const call = (method: string, ...[, token]: readonly unknown[]): Promise<unknown> => {
      if (method !== 'event.from') return Promise.resolve(method);
      if (token === '') return Promise.resolve({ events: [VM], token: '1', valid_ref_counts: {} });
      return new Promise((resolve, reject) => { this.waiting.push({ resolve, reject }); });
    };
    return Promise.resolve({ via: 'websocket', call: call as Wire['call'], close: () => { this.fail(new HostSilent('closed')); } });
  };
  fail(error: Error): void { for (const { reject } of this.waiting.splice(0)) reject(error); }
}

let host: Host, session: HostSession;
const seen: string[] = [];
const until = (at: SessionView['state']['at']): Promise<void> => new Promise(resolve => {
  const look = (): boolean => { if (session.view.state.at !== at) return false; listening.dispose(); resolve(); return true; };
  const listening = session.onState.on(look);
  look();
});
beforeEach(() => {
  seen.length = 0;
  host = new Host();
  session = new HostSession('root', host.open);
  session.onState.on(({ state }) => { seen.push(state.at); });
});
afterEach(() => { session.close(); vi.restoreAllMocks(); });

describe('the session of a page', () => {
  it('fills, and lives', async () => {
    session.start();
    await until('live');
    expect(seen).toEqual(['filling', 'live']);
    expect(session.everything()).toMatchObject({ reset: true, changed: [{ cls: 'VM', ref: 'OpaqueRef:vm', record: { name_label: 'one' } }] });
    expect(await session.call('VM.get_all', [])).toEqual({ ok: true, value: 'VM.get_all' });
  });
  it('keeps what it knew while the host is silent, says so, and is back when it is', async () => {
    session.start();
    await until('live');
    host.refusesToOpen = true;
    host.fail(new HostSilent('closed'));
    await until('lost');
    expect(session.records.get('VM', 'OpaqueRef:vm')?.name_label).toBe('one');
    expect(await session.call('VM.get_all', [])).toEqual({ ok: false, kind: 'silent', reason: 'not-connected' });
    host.refusesToOpen = false;
    session.retry();
    await until('live');
  });
  it('is over when the host knows it no more, and asks no further', async () => {
    const ended = vi.fn();
    session.onEnded.on(ended);
    session.start();
    await until('live');
    host.fail(new ApiError('SESSION_INVALID', ''));
    await until('closed');
    await Promise.resolve();
    expect([ended.mock.calls.length, host.opened]).toEqual([1, 1]);
  });
  it('leaves when it is closed, without a word about an end', async () => {
    const ended = vi.fn();
    session.onEnded.on(ended);
    session.start();
    await until('live');
    session.close();
    expect([session.view.state.at, ended.mock.calls.length]).toEqual(['closed', 0]);
    expect(await session.call('VM.get_all', [])).toMatchObject({ ok: false });
  });
});
