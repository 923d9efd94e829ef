import { useMemo, useSyncExternalStore } from 'react';
import { type Session, Soon, useValue, useWorld } from '../../api';
import { SEARCHED } from './find';
import type { Subject } from './facts';

type Read = (sessions: readonly Session[]) => readonly Subject[];

/** What `read` finds now in all connections; read again soon after something of it may have changed. `read` is a constant or memoised. */
export const useFound = (read: Read): readonly Subject[] => {
  const sessions = useValue(useWorld().sessions);
  const found = useMemo(() => new Found(sessions, read), [sessions, read]);
  return useSyncExternalStore(found.watch, found.get);
};

class Found {
  readonly #sessions: readonly Session[];
  readonly #read: Read;
  readonly #listeners = new Set<() => void>();
  readonly #soon = new Soon(() => { this.#now = undefined; for (const listener of [...this.#listeners]) listener(); });
  #now: readonly Subject[] | undefined;

  constructor(sessions: readonly Session[], read: Read) { this.#sessions = sessions; this.#read = read; }

  readonly get = (): readonly Subject[] => this.#now ??= this.#read(this.#sessions);
  readonly watch = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    const stops = this.#sessions.flatMap(({ records }) => SEARCHED.map(cls => records.watchClass(cls, this.#soon.ask)));
    return () => {
      this.#listeners.delete(listener);
      for (const stop of stops) stop();
      if (this.#listeners.size === 0) this.#soon.dispose();
    };
  };
}
