import type { World } from '../../api';
import type { Session } from '../../api';
import { HOSTS, NETWORKS, SRS, TEMPLATES, VMS, VMS_BY_HOME } from '../../parts/lists';
import { flatten, type TreeNode } from './nodes';

/** The flat tree, made anew only when something came, went, moved, was opened or closed; never for a changed state. */
export class TreeModel {
  readonly #world: World;
  readonly #listeners = new Set<() => void>();
  #collapsed: ReadonlySet<string> = new Set();
  #nodes: readonly TreeNode[] | undefined;
  #stop: (() => void) | undefined;

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
    if (!this.#stop) return this.#same(flatten(this.#world.sessions.get(), this.#collapsed));
    return this.#nodes ??= flatten(this.#world.sessions.get(), this.#collapsed);
  };

  expand(id: string, expanded: boolean): void {
    const next = new Set(this.#collapsed);
    if (expanded === !next.has(id)) return;
    if (expanded) next.delete(id); else next.add(id);
    this.#collapsed = next;
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
    const onSessions = (): void => {
      for (const stop of stops) stop();
      stops = this.#world.sessions.get().flatMap(session => watchLists(session, onChange));
      onChange();
    };
    const stopSessions = this.#world.sessions.watch(onSessions);
    stops = this.#world.sessions.get().flatMap(session => watchLists(session, onChange));
    return () => { stopSessions(); for (const stop of stops) stop(); };
  }

  #changed(): void {
    this.#nodes = undefined;
    for (const listener of [...this.#listeners]) listener();
  }
}

const watchLists = ({ records }: Session, listener: () => void): (() => void)[] =>
  [records.index(VMS).watch(listener), records.index(VMS_BY_HOME).watch(listener), records.index(TEMPLATES).watch(listener), records.index(SRS).watch(listener), records.index(NETWORKS).watch(listener), records.index(HOSTS).watch(listener)];
