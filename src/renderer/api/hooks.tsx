import { createContext, type ReactNode, use, useCallback, useMemo, useSyncExternalStore } from 'react';
import type { ClassName, Records } from '../../shared/api';
import { must } from '../../shared/lib/assert';
import type { IndexSpec } from './record-index';
import type { RecordStore } from './record-store';
import type { Session } from './session';
import type { Value } from './value';
import type { World } from './world';

const WorldContext = createContext<World | undefined>(undefined);
const SessionContext = createContext<Session | undefined>(undefined);

export const WorldScope = ({ world, children }: { world: World; children: ReactNode }) => <WorldContext value={world}>{children}</WorldContext>;
/** Everything below speaks of the records of this session. */
export const SessionScope = ({ session, children }: { session: Session; children: ReactNode }) => <SessionContext value={session}>{children}</SessionContext>;

export const useWorld = (): World => must(use(WorldContext), 'WorldScope');
export const useSession = (): Session => must(use(SessionContext), 'SessionScope');

export const useValue = <T,>(value: Value<T>): T => useSyncExternalStore(value.watch, value.get);
/** Renders again with every answer of figures, and has them asked for meanwhile. */
export const useTick = (): number => { const { feed } = useSession(); return useSyncExternalStore(feed.watch, feed.tick.get); };
/** The same for several connections; each once. */
export const useTicks = (sessions: readonly Session[]): number => {
  const { sessions: all } = useWorld(), wanted = [...new Set(sessions)], key = wanted.map(({ id }) => id).join(' ');
  const feeds = useMemo(() => { const ids = new Set(key.split(' ')); return all.get().filter(({ id }) => ids.has(id)).map(({ feed }) => feed); }, [all, key]);
  const watch = useCallback((listener: () => void) => { const stops = feeds.map(feed => feed.watch(listener)); return () => { for (const stop of stops) stop(); }; }, [feeds]);
  return useSyncExternalStore(watch, () => feeds.reduce((sum, feed) => sum + feed.tick.get(), 0));
};
export const useSessionView = () => useValue(useSession().view);

/** One record; renders again only when this record changes. */
export const useRecord = <C extends ClassName>(cls: C, ref: string): Records[C] | undefined => {
  const { records } = useSession();
  const watch = useCallback((listener: () => void) => records.watch(ref, listener), [records, ref]);
  return useSyncExternalStore(watch, () => records.get(cls, ref));
};

/** References in order; renders again only when membership or order changes. `spec` is a constant. */
export const useList = <C extends ClassName>(spec: IndexSpec<C>): readonly string[] => {
  const { records } = useSession();
  const index = useMemo(() => records.index(spec), [records, spec]);
  const watch = useCallback((listener: () => void) => index.watch(listener), [index]);
  return useSyncExternalStore(watch, () => index.refs);
};

/** Several records at once, those that are there; renders again when one of them changes. */
export const useRecords = <C extends ClassName>(cls: C, refs: readonly string[]): readonly Found<C>[] => {
  const { records } = useSession();
  const key = refs.join(' ');
  const group = useMemo(() => groupOf(records, cls, key === '' ? [] : key.split(' ')), [records, cls, key]);
  return useSyncExternalStore(group.watch, group.get);
};
export interface Found<C extends ClassName> { ref: string; record: Records[C] }

const groupOf = <C extends ClassName>(records: RecordStore, cls: C, refs: readonly string[]) => {
  const read = (): readonly Found<C>[] => refs.flatMap(ref => {
    const record = records.get(cls, ref);
    return record ? [{ ref, record }] : [];
  });
  let last = read();
  return {
    watch: (listener: () => void) => {
      const stops = refs.map(ref => records.watch(ref, listener));
      return () => { for (const stop of stops) stop(); };
    },
    get: () => {
      const now = read();
      if (now.length !== last.length || now.some((found, i) => found.record !== last[i]?.record || found.ref !== last[i]?.ref)) last = now;
      return last;
    },
  };
};

/** The time, renewed every `everyMs` while `running`. For ages only. */
export const useNow = (everyMs: number, running = true): number => {
  const watch = useCallback((listener: () => void) => {
    const timer = running ? setInterval(listener, everyMs) : undefined;
    return () => { clearInterval(timer); };
  }, [everyMs, running]);
  return useSyncExternalStore(watch, () => Math.floor(Date.now() / everyMs) * everyMs);
};
