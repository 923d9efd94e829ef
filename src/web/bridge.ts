/* What main is to the desktop's renderer, this is to the same renderer in a browser: one host, its own, by the session of the cookie. */
import { Metrics } from '../connection/metrics/metrics';
import { PREFERENCES, type Announce, type AppFacts, type Bridge, type Invoke, type Preferences } from '../shared/ipc';
import { Emitter } from '../shared/lib/emitter';
import { Consoles } from './consoles';
import { Files } from './files';
import { HostSession, SESSION } from './host-session';
import { logOut } from './login/login';

type Handlers = { readonly [C in keyof Invoke]: (...args: Parameters<Invoke[C]>) => ReturnType<Invoke[C]> | Promise<Awaited<ReturnType<Invoke[C]>>> };
const FACTS: AppFacts = { runsIn: 'browser', version: '', electron: '', platform: '', secretsAreSafe: false };
const PREFERENCES_KEY = 'preferences';

export class WebBridge implements Bridge {
  /** The session is over: the person has left (`wanted`), or the host knows it no more. */
  readonly onOut = new Emitter<{ wanted: boolean }>();
  readonly #session: HostSession;
  readonly #consoles = new Consoles();
  readonly #files = new Files();
  readonly #metrics: Metrics;
  readonly #handlers: Handlers;
  readonly #listeners = new Map<keyof Announce, Set<(value: never) => void>>();

  constructor(user: string, session = new HostSession(user)) {
    this.#session = session;
    this.#metrics = new Metrics({ find: id => (id === SESSION ? session : undefined) });
    this.#handlers = this.#makeHandlers();
    session.onState.on(view => {
      if (view.state.at === 'closed') { this.#consoles.closeAll(); this.#files.cancelAll(); }
      this.#metrics.note(view);
      this.#announce('session.state', view);
    });
    session.onPatch.on(patch => { this.#announce('session.records', patch); });
    session.onEnded.on(() => { this.onOut.emit({ wanted: false }); });
    this.#metrics.onRows.on(rows => { this.#announce('metrics.rows', rows); });
    this.#consoles.onData.on(data => { this.#announce('console.data', data); });
    this.#consoles.onClosed.on(closed => { this.#announce('console.closed', closed); });
    this.#files.onProgress.on(progress => { this.#announce('transfer.progress', progress); });
  }

  start(): void { this.#session.start(); }
  /** The machine was asleep, or the network was gone. */
  retry(): void { this.#session.retry(); }
  close(): void {
    this.#session.close();
    this.#metrics.stopAll();
  }

  // In a turn of its own, as over IPC.
  readonly invoke: Bridge['invoke'] = (channel, ...args) => Promise.resolve().then(() => (this.#handlers[channel] as (...given: unknown[]) => unknown)(...args)) as never;
  readonly takeFile: Bridge['takeFile'] = file => (file instanceof File ? this.#files.take(file) : Promise.resolve(undefined));
  readonly on: Bridge['on'] = (channel, listener) => {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(listener));
    return () => { listeners.delete(listener); };
  };

  #announce<C extends keyof Announce>(channel: C, value: Announce[C]): void {
    for (const listener of [...this.#listeners.get(channel) ?? []]) (listener as (value: Announce[C]) => void)(value);
  }

  #makeHandlers(): Handlers {
    const session = this.#session, consoles = this.#consoles, files = this.#files, metrics = this.#metrics;
    return {
      'app.facts': () => FACTS,
      'sessions.list': () => [session.view],
      'session.disconnect': async () => { await logOut(); this.onOut.emit({ wanted: true }); },
      'session.retry': () => { session.retry(); },
      'session.call': (_id, method, args) => session.call(method, args),
      'session.records': () => session.everything(),
      'metrics.watch': (id, wanted) => { metrics.watch(id, wanted); },
      'metrics.history': (id, cls, ref) => metrics.history(id, cls, ref),
      'preferences.read': readPreferences,
      'preferences.write': preferences => { localStorage.setItem(PREFERENCES_KEY, JSON.stringify(preferences)); },
      'file.choose': purpose => files.choose(purpose),
      'file.place': name => files.place(name),
      'file.settle': () => true, // the browser has it
      'transfer.receive': (_id, file, task, wish) => files.receive(file, task, wish),
      'transfer.send': (_id, file, task, wish, resume) => files.send(file, task, wish, resume),
      'transfer.cancel': file => { files.cancel(file); },
      'console.open': (_id, ref) => consoles.open(ref),
      'console.write': (id, bytes) => { consoles.write(id, bytes); },
      'console.ack': (id, byteCount) => { consoles.ack(id, byteCount); },
      'console.close': id => { consoles.close(id); },
      'outside.browse': browse,
      // Of the desktop: the screens do not offer them here.
      'hosts.known': () => [],
      'hosts.forget': () => undefined,
      'hosts.connect': () => undefined,
      'outside.answers': () => [],
      'outside.reach': () => false,
      'session.connect': () => session.view,
      'session.move': () => false,
      'notice.show': () => undefined,
    };
  }
}

/** In a window of its own, which knows nothing of this one. */
const browse = (url: string): boolean => {
  if (!/^https?:\/\//i.test(url)) return false;
  window.open(url, '_blank', 'noopener,noreferrer');
  return true;
};

/** What cannot be read back is as if never kept. */
const readPreferences = (): Preferences => {
  try { return { ...PREFERENCES, ...JSON.parse(localStorage.getItem(PREFERENCES_KEY) ?? '{}') as Partial<Preferences> }; } catch { return PREFERENCES; }
};
