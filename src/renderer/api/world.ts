import type { AppFacts, Bridge, ConnectRequest, DesktopNotice, FilePurpose, KnownHost, LocalFile, OutsideClient, RecordPatch, SessionId, SessionView } from '../../shared/ipc';
import type { Disposable } from '../../shared/lib/emitter';
import { ConsoleHub } from './console-hub';
import { Preferred } from './preferred';
import { Journal } from './journal';
import { Session } from './session';
import { Value } from './value';

/* All the renderer knows of the outside, fed by what main announces. One per window, made in main.tsx. */

export class World {
  readonly sessions = new Value<readonly Session[]>([]);
  readonly facts = new Value<AppFacts | undefined>(undefined);
  /** True once main has said which sessions there are: before that, "no host" would be a guess. */
  readonly ready = new Value(false);
  readonly journal = new Journal();
  readonly consoles: ConsoleHub;
  readonly preferred: Preferred;
  readonly #bridge: Bridge;
  /** Patches that overtook the first fill of their session. */
  readonly #waiting = new Map<SessionId, RecordPatch[]>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    this.consoles = new ConsoleHub(bridge);
    this.preferred = new Preferred(bridge);
  }

  /** Listens first, asks afterwards: nothing falls between. */
  start(): Disposable {
    const stops = [
      this.#bridge.on('session.state', view => { this.#place(view); }),
      this.#bridge.on('session.records', patch => { this.#take(patch); }),
      this.#bridge.on('metrics.rows', rows => { this.session(rows.session)?.feed.take(rows); }),
    ];
    const consoles = this.consoles.start();
    void this.#load();
    return { dispose: () => { consoles.dispose(); for (const stop of stops) stop(); } };
  }

  /** Known before there is a session. */
  get inBrowser(): boolean { return this.facts.get()?.runsIn === 'browser'; }
  session(id: SessionId): Session | undefined { return this.sessions.get().find(session => session.id === id); }

  async connect(request: ConnectRequest): Promise<SessionView> {
    const view = await this.#bridge.invoke('session.connect', request);
    this.#place(view);
    return view;
  }
  disconnect(id: SessionId): Promise<void> { return this.#bridge.invoke('session.disconnect', id); }
  retry(id: SessionId): Promise<void> { return this.#bridge.invoke('session.retry', id); }
  /** After the host was given another address; false: it is not reached there. */
  move(id: SessionId, address: string): Promise<boolean> { return this.#bridge.invoke('session.move', id, address); }
  knownHosts(): Promise<readonly KnownHost[]> { return this.#bridge.invoke('hosts.known'); }
  tellDesktop(notice: DesktopNotice): void { void this.#bridge.invoke('notice.show', notice); }
  /** A person has clicked on one. */
  onNoticeClicked(listener: (about: string) => void): () => void { return this.#bridge.on('notice.clicked', ({ about }) => { listener(about); }); }
  /** In the person's own browser. */
  browse(url: string): Promise<boolean> { return this.#bridge.invoke('outside.browse', url); }
  /** Which of the person's own programs could reach a guest at this address. */
  answers(address: string): Promise<readonly OutsideClient[]> { return this.#bridge.invoke('outside.answers', address); }
  reach(client: OutsideClient, address: string): Promise<boolean> { return this.#bridge.invoke('outside.reach', client, address); }
  /** Asks the person for files of this computer. */
  chooseFiles(purpose: FilePurpose): Promise<readonly LocalFile[]> { return this.#bridge.invoke('file.choose', purpose); }
  /** One that was dropped on the page. */
  takeFile(file: File): Promise<LocalFile | undefined> { return this.#bridge.takeFile(file); }
  /** Asks where on this computer a file goes. */
  placeFile(suggestedName: string): Promise<LocalFile | undefined> { return this.#bridge.invoke('file.place', suggestedName); }
  /** All known hosts whose password is kept, as far as their editions let them be together. */
  connectKnown(): Promise<void> { return this.#bridge.invoke('hosts.connect'); }
  forgetHost(address: string): Promise<void> { return this.#bridge.invoke('hosts.forget', address); }

  async #load(): Promise<void> {
    this.facts.set(await this.#bridge.invoke('app.facts'));
    await this.preferred.load();
    const views = await this.#bridge.invoke('sessions.list');
    for (const view of views) this.#waiting.set(view.id, []);
    for (const view of views) this.#place(view);
    this.ready.set(true);
    await Promise.all(views.map(view => this.#fill(view.id)));
  }

  async #fill(id: SessionId): Promise<void> {
    const patch = await this.#bridge.invoke('session.records', id);
    const overtaken = this.#waiting.get(id) ?? [];
    this.#waiting.delete(id);
    for (const each of [patch, ...overtaken]) this.#take(each);
  }

  #place(view: SessionView): void {
    const known = this.session(view.id);
    if (view.state.at === 'closed') {
      this.sessions.set(this.sessions.get().filter(session => session !== known));
      known?.view.set(view);
      known?.feed.end();
      known?.records.apply({ reset: true, changed: [], gone: [] });
      this.journal.sessionEnded(view.id);
    } else if (known) known.view.set(view);
    else this.sessions.set([...this.sessions.get(), new Session(this.#bridge, this.journal, view)]);
  }

  #take(patch: RecordPatch): void {
    const waiting = this.#waiting.get(patch.session);
    if (waiting) { waiting.push(patch); return; }
    this.session(patch.session)?.take(patch);
    this.journal.note(patch);
  }
}
