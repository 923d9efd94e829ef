import { ApiError, type Ref } from '../../../shared/api';
import { EVENT_FROM_TIMEOUT_S } from '../../../shared/lib/limits';
import type { Disposable } from '../../../shared/lib/emitter';
import type { Store } from '../../store/contract';
import type { Handlers } from '../contract';
import type { Sessions } from '../session/sessions';
import { eventClass, parseSubscription, readToken, writeToken } from './subscription';
import { Waiting } from './waiting';

/* event.from, event.inject, and the older register/next of clients that know nothing else. */

export const EVENT_FROM_TIMEOUT_MAX_S = 3600;

export const createEvents = (store: Store, sessions: Pick<Sessions, 'onEnd'>): Disposable & { handlers: Handlers } => {
  const waiting = new Waiting(store);
  /** By session: what event.register asked for, and how far event.next has come. */
  const registered = new Map<string, { classes: Set<string>; since: number }>();
  const ends = sessions.onEnd(session => { registered.delete(session); waiting.endOf(session); });

  const handlers: Handlers = {
    'event.from': async ({ caller: { session }, onGone }, classes, token, timeout) => {
      const { wants, counts } = parseSubscription(classes);
      const timeoutMs = Math.min(Math.max(timeout, 0), EVENT_FROM_TIMEOUT_MAX_S) * 1000;
      const { events, generation } = await waiting.for({ session, since: readToken(token), wants, timeoutMs, onGone });
      return { events: events as never, valid_ref_counts: counts(store), token: writeToken(generation) };
    },
    'event.inject': (_context, name, ref) => {
      const cls = eventClass(name);
      if (cls === undefined) throw new ApiError('HANDLE_INVALID', name, ref);
      const before = store.generation; // from this token on, the object has changed
      store.transaction(tx => tx.touch(cls, ref as Ref<typeof cls>));
      return writeToken(before);
    },
    'event.get_current_id': () => store.generation,
    'event.register': ({ caller: { session } }, classes) => {
      parseSubscription(classes);
      const mine = registered.get(session) ?? { classes: new Set(), since: store.generation };
      for (const name of classes) mine.classes.add(name.toLowerCase());
      registered.set(session, mine);
    },
    'event.unregister': ({ caller: { session } }, classes) => {
      const mine = registered.get(session);
      for (const name of classes) mine?.classes.delete(name.toLowerCase());
      if (mine?.classes.size === 0) registered.delete(session);
    },
    'event.next': async ({ caller: { session }, onGone }) => {
      const mine = registered.get(session);
      if (!mine) throw new ApiError('SESSION_NOT_REGISTERED', session);
      const { wants } = parseSubscription([...mine.classes]);
      try {
        const { events, generation } = await waiting.for({ session, since: mine.since, wants, timeoutMs: EVENT_FROM_TIMEOUT_S * 1000, onGone });
        mine.since = generation;
        return events as never;
      } catch (error) {
        if (error instanceof ApiError && error.code === 'EVENTS_LOST') mine.since = store.generation;
        throw error;
      }
    },
  };
  return { handlers, dispose: () => { ends.dispose(); waiting.dispose(); } };
};
