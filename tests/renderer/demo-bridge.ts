/* What main is to the renderer, over a DemoHost: sessions, records, consoles. The address chooses how connecting goes. */
import { PREFERENCES, type Announce, type AppFacts, type Bridge, type ConnectRequest, type DesktopNotice, type DownloadWish, type FileKind, type KnownHost, type LocalFile, type Preferences, type SessionState, type SessionView, type TransferReply, type UploadWish } from '../../src/shared/ipc';
import { DemoHost } from './demo-host';
import { asChanges } from './demo-records';
import { DemoConsole } from './demo-console';
import type { DemoMetrics } from './demo-metrics';

export const FINGERPRINT = Array.from({ length: 32 }, (_, i) => ((i * 37 + 11) % 256).toString(16).padStart(2, '0').toUpperCase()).join(':');
export const OTHER_FINGERPRINT = FINGERPRINT.split(':').reverse().join(':');

const DROPPED: Readonly<Record<string, FileKind>> = { xva: 'xva', ova: 'ova', iso: 'iso', vhd: 'vhd', qcow2: 'qcow2' };

export class DemoBridge implements Bridge {
  readonly host: DemoHost;
  facts: AppFacts = { runsIn: 'desktop', version: '0.1.0', electron: '33.2.1', platform: 'linux', secretsAreSafe: false };
  known: KnownHost[] = [];
  /** What the person picks in the system's dialogs; how a transfer goes in that task of the host; and whether downloads became files. */
  files: LocalFile[] = [];
  place: LocalFile | undefined = undefined;
  transfer: (wish: DownloadWish | UploadWish, task: string, file: string, resume: boolean) => Promise<TransferReply> = () => Promise.resolve({ ok: true, value: undefined });
  readonly cancelled: string[] = [];
  readonly settled: boolean[] = [];
  /** Figures of what runs; undefined: this host keeps none. */
  metrics: DemoMetrics | undefined = undefined;
  preferences: Preferences = PREFERENCES;
  readonly noticed: DesktopNotice[] = [];
  /** What was opened elsewhere on the computer. */
  readonly outside: string[] = [];
  requests: ConnectRequest[] = [];
  readonly #listeners = new Map<keyof Announce, Set<(value: never) => void>>();
  readonly #consoles = new Map<string, DemoConsole>();
  #views: SessionView[] = [];
  #last = 0;

  constructor(host = new DemoHost()) {
    this.host = host;
    host.onChange = (changed, gone) => {
      for (const view of this.#views) if (view.state.at === 'live') this.announce('session.records', { session: view.id, reset: false, changed, gone });
    };
  }

  readonly invoke: Bridge['invoke'] = (channel, ...args) => Promise.resolve(this.#answer(channel, args)) as never;
  readonly takeFile: Bridge['takeFile'] = file => Promise.resolve(file instanceof File ? { id: `dropped ${file.name}`, name: file.name, sizeBytes: file.size, kind: DROPPED[file.name.split('.').at(-1) ?? ''] ?? 'unknown' } : undefined);
  readonly on: Bridge['on'] = (channel, listener) => {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    return () => { listeners.delete(listener); };
  };
  readonly announce = <C extends keyof Announce>(channel: C, value: Announce[C]): void => {
    for (const listener of this.#listeners.get(channel) ?? []) (listener as (value: Announce[C]) => void)(value);
  };

  /** Opens a session without anybody asking, as Express mode does. */
  readonly begin = (address = '192.0.2.7', state: SessionState = { at: 'live' }): SessionView => {
    const view: SessionView = { id: `session ${++this.#last}`, address, user: 'root', fingerprint: FINGERPRINT, state };
    this.#views.push(view);
    this.announce('session.state', view);
    if (state.at === 'live') this.announce('session.records', this.#records(view.id));
    return view;
  };
  readonly become = (id: string, state: SessionState): void => {
    const before = this.#views.find(view => view.id === id) ?? { id, address: '192.0.2.7', user: 'root', fingerprint: FINGERPRINT, state };
    this.#views = this.#views.flatMap(view => (view.id !== id ? [view] : state.at === 'closed' ? [] : [{ ...view, state }]));
    this.announce('session.state', { ...before, state });
  };
  /** Whoever is logged in may this; undefined: root. */
  readonly grant = (id: string, permissions: readonly string[] | undefined): void => {
    this.#views = this.#views.map(view => (view.id === id ? { ...view, user: permissions === undefined ? 'root' : 'anna', permissions } : view));
    for (const view of this.#views) if (view.id === id) this.announce('session.state', view);
  };

  #records(session: string) { return { session, reset: true, changed: asChanges(this.host.world), gone: [] }; }

  #answer(channel: string, args: readonly unknown[]): unknown {
    const [first, second, third] = args as [string, string, readonly unknown[]];
    switch (channel) {
      case 'app.facts': return this.facts;
      case 'hosts.known': return this.known;
      case 'hosts.forget': this.known = this.known.filter(host => host.address !== first); return undefined;
      case 'sessions.list': return this.#views;
      case 'session.connect': return this.#connect(args[0] as ConnectRequest);
      case 'session.disconnect': this.become(first, { at: 'closed' }); return undefined;
      case 'session.retry': this.become(first, { at: 'live' }); return undefined;
      case 'session.move': this.#views = this.#views.map(view => (view.id === first ? { ...view, address: second } : view)); return true;
      case 'session.records': return this.#records(first);
      case 'session.call': return this.host.call(second, third);
      case 'metrics.watch': if (args[1] === true) this.tellRows(first); return undefined;
      case 'metrics.history': return this.metrics?.history(String(third)) ?? { ok: false, kind: 'silent', reason: 'http-404' };
      case 'preferences.read': return this.preferences;
      case 'preferences.write': this.preferences = args[0] as Preferences; return undefined;
      case 'outside.browse': case 'outside.reach': this.outside.push(args.join(' ')); return true;
      case 'outside.answers': return ['ssh'];
      case 'notice.show': this.noticed.push(args[0] as DesktopNotice); return undefined;
      case 'file.choose': return this.files;
      case 'file.place': return this.place;
      case 'file.settle': this.settled.push(args[1] === true); return true;
      case 'transfer.receive': case 'transfer.send': return this.transfer(args[3] as DownloadWish, String(third), second, args[4] === true);
      case 'transfer.cancel': this.cancelled.push(first); return undefined;
      case 'console.open': return this.#openConsole(second);
      case 'console.write': this.#consoles.get(first)?.write(args[1] as Uint8Array); return undefined;
      case 'console.close': this.#consoles.delete(first); return undefined;
      default: return undefined;
    }
  }

  /** The last ten minutes, or what came since then. */
  readonly tellRows = (session: string, rows = this.metrics?.rows()): void => { if (rows) this.announce('metrics.rows', { session, host: 'host', ...rows }); };

  #connect(request: ConnectRequest): SessionView {
    this.requests.push(request);
    const { address, accept, password } = request;
    if (address.startsWith('new') && accept === undefined) return this.begin(address, { at: 'untrusted', fingerprint: FINGERPRINT });
    if (address.startsWith('changed') && accept === undefined) return this.begin(address, { at: 'certificate-changed', expected: OTHER_FINGERPRINT, fingerprint: FINGERPRINT });
    if (address.startsWith('member')) return accept === undefined ? this.begin('new-coordinator.example.org', { at: 'untrusted', fingerprint: FINGERPRINT }) : this.begin(address, { at: 'certificate-changed', expected: FINGERPRINT, fingerprint: OTHER_FINGERPRINT });
    if (address.startsWith('given-up')) return { id: 'session given up', address, user: 'root', fingerprint: '', state: { at: 'closed' } };
    if (address.startsWith('away')) return this.begin(address, { at: 'unreachable', reason: 'ECONNREFUSED' });
    if (password === 'wrong') return this.begin(address, { at: 'refused', code: 'SESSION_AUTHENTICATION_FAILED', params: [request.user, ''] });
    for (const view of this.#views) this.become(view.id, { at: 'closed' });
    return this.begin(address);
  }

  #openConsole(ref: string): unknown {
    const found = this.host.world.get(ref);
    if (found?.cls !== 'console') return { ok: false, kind: 'refused', code: 'HANDLE_INVALID', params: ['console', ref] };
    const id = `console ${++this.#last}`;
    const protocol = 'protocol' in found.record ? found.record.protocol : 'vt100';
    const shown = new DemoConsole(protocol === 'rfb' ? 'rfb' : 'vt100', bytes => { if (this.#consoles.has(id)) this.announce('console.data', { id, bytes }); });
    this.#consoles.set(id, shown);
    shown.begin();
    return { ok: true, value: id };
  }
  /** Ends every open console, as a restarted host does. */
  readonly typed = (): number[][] => [...this.#consoles.values()].map(shown => shown.typed);
  readonly cutConsoles = (): void => {
    for (const id of [...this.#consoles.keys()]) { this.#consoles.delete(id); this.announce('console.closed', { id, reason: 'closed' }); }
  };
}
