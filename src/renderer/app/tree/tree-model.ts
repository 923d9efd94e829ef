import { type Session, Soon, type World } from '../../api';
import { HOSTS, NETWORKS, SRS, TEMPLATES, VMS, VMS_BY_HOME } from '../../parts/lists';
import { SEARCHED } from '../../parts/search/find';
import { flatten, type TreeNode, type TreeWish } from './nodes';
import type { ViewId } from './views';

/** The flat tree, made anew only when something came, went, moved, was opened or closed; never for a changed state, unless it is ordered or sifted by such things: then soon after. */
export class TreeModel {
  readonly #world: World;
  readonly #listeners = new Set<() => void>();
  #wish: TreeWish = { view: 'hosts', filter: '', collapsed: new Set() };
  readonly #soon = new Soon(() => { this.#changed(); });
  #nodes: readonly TreeNode[] | undefined;
  #stop: (() => void) | undefined;
  #relisten: () => void = () => undefined;

  constructor(world: World) { this.#world = world; }

  readonly watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#stop ??= this.#listen();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  };
  readonly get = (): readonly TreeNode[] => {
    // While nobody listens nothing tells us of changes: what is kept may be old.
    if (!this.#stop) return this.#same(flatten(this.#world.sessions.get(), this.#wish));
    return this.#nodes ??= flatten(this.#world.sessions.get(), this.#wish);
  };

  expand(id: string, expanded: boolean): void {
    const next = new Set(this.#wish.collapsed);
    if (expanded === !next.has(id)) return;
    if (expanded) next.delete(id); else next.add(id);
    this.#wish = { ...this.#wish, collapsed: next };
    this.#changed();
  }
  get wish(): TreeWish { return this.#wish; }
  show(wish: { view?: ViewId; filter?: string }): void {
    this.#wish = { ...this.#wish, ...wish };
    this.#relisten();
    this.#changed();
  }

  #same(nodes: readonly TreeNode[]): readonly TreeNode[] {
    const before = this.#nodes;
    const equal = before?.length === nodes.length && nodes.every((node, i) => node.id === before[i]?.id && node.expanded === before[i].expanded);
    return equal && before ? before : this.#nodes = nodes;
  }

  #listen(): () => void {
    let stops: (() => void)[] = [];
    const onChange = (): void => { this.#changed(); };
    const listen = (): void => {
      for (const stop of stops) stop();
      const byContent = this.#wish.view !== 'hosts' || this.#wish.filter !== '';
      stops = this.#world.sessions.get().flatMap(session => (byContent ? SEARCHED.map(cls => session.records.watchClass(cls, this.#soon.ask)) : watchLists(session, onChange)));
    };
    this.#relisten = listen;
    const stopSessions = this.#world.sessions.watch(() => { listen(); onChange(); });
    listen();
    return () => { this.#relisten = () => undefined; stopSessions(); this.#soon.dispose(); for (const stop of stops) stop(); };
  }

  #changed(): void {
    this.#nodes = undefined;
    for (const listener of [...this.#listeners]) listener();
  }
}

const watchLists = ({ records }: Session, listener: () => void): (() => void)[] =>
  [records.index(VMS).watch(listener), records.index(VMS_BY_HOME).watch(listener), records.index(TEMPLATES).watch(listener), records.index(SRS).watch(listener), records.index(NETWORKS).watch(listener), records.index(HOSTS).watch(listener)];
