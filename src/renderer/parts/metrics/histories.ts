import { useCallback, useEffect, useMemo, useState } from 'react';
import { type Failure, failureOf, type MetricsClass, type MetricsHistory, useSession, useSessionView } from '../../api';

export interface Measured { cls: MetricsClass; ref: string }
export type HistoryState = { at: 'loading' } | { at: 'ready'; history: MetricsHistory } | { at: 'none' } | { at: 'failed'; failure: Failure };

/** What the last ten minutes do not have is fetched anew so often: the feed goes on from there. */
const RENEW_MS = 300_000;
const LOADING: HistoryState = { at: 'loading' };

/** The archives of some objects, by reference. */
export const useHistories = (objects: readonly Measured[]): { of: (ref: string) => HistoryState; retry: () => void } => {
  const session = useSession();
  const isLive = useSessionView().state.at === 'live';
  const [states, setStates] = useState<ReadonlyMap<string, HistoryState>>(new Map());
  const [round, setRound] = useState(0);
  const key = objects.map(({ cls, ref }) => `${cls} ${ref}`).join('\n');
  const wanted = useMemo(() => (key === '' ? [] : key.split('\n').map(each => { const [cls, ref] = each.split(' '); return { cls: cls as MetricsClass, ref: ref ?? '' }; })), [key]);
  useEffect(() => {
    if (!isLive) return;
    let over = false;
    const load = async (): Promise<void> => {
      for (const { cls, ref } of wanted) {
        const state = await session.history(cls, ref).then((history): HistoryState => ({ at: 'ready', history }), (error: unknown): HistoryState => stateOf(failureOf(error)));
        if (over) return;
        // What was known is better than nothing while a host does not answer.
        setStates(before => (state.at === 'failed' && before.get(ref)?.at === 'ready' ? before : new Map(before).set(ref, state)));
      }
    };
    void load();
    const timer = setInterval(() => { void load(); }, RENEW_MS);
    return () => { over = true; clearInterval(timer); };
  }, [session, wanted, round, isLive]);
  const retry = useCallback(() => { setStates(new Map()); setRound(count => count + 1); }, []);
  return { of: ref => states.get(ref) ?? LOADING, retry };
};

/** Nothing is kept of it: it never ran, or its host keeps no figures. */
const stateOf = (failure: Failure): HistoryState => {
  if (failure.kind === 'silent' && failure.reason === 'http-404') return { at: 'none' };
  // Nothing was to be done, so there is no doubt whether it was.
  return { at: 'failed', failure: failure.kind === 'silent' ? { ...failure, kind: 'unreachable' } : failure };
};
