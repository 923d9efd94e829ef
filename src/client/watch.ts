/* The event loop: one event.from after the other, from the beginning of everything to the next change. When the host has
 * lost our place it begins anew, and says so with `reset`. */
import { ApiError, type ApiEvent, type Changed, type Gone } from '../shared/api';
import type { Disposable } from '../shared/lib/emitter';
import { EVENT_FROM_TIMEOUT_S } from '../shared/lib/limits';
import type { Client } from './connect';
import { HostSilent } from './errors';
import { EVENT_CLASSES, type RecordCache } from './records';

export interface Patch { reset: boolean; changed: readonly Changed[]; gone: readonly Gone[] }
export interface Watch {
  cache: RecordCache;
  onPatch(patch: Patch): void;
  /** The loop has ended: the host is silent, or said something that refilling does not mend. */
  onEnd(error: ApiError | HostSilent): void;
  timeoutS?: number;
}

/** The host says that our token is worth nothing to it. */
const REFILL_CODES: ReadonlySet<string> = new Set(['EVENTS_LOST', 'EVENT_FROM_TOKEN_PARSE_FAILURE', 'SESSION_NOT_REGISTERED']);

/** A host that loses our place again and again is left alone for a while, like a silent one. */
const REFILLS_IN_A_ROW_MAX = 3;

export const watchRecords = (client: Client, watch: Watch): Disposable => {
  let stopped = false;
  let refills = 0;
  void (async () => {
    let token = '';
    for (;;) {
      try {
        const batch = readBatch(await client.call('event.from', EVENT_CLASSES, token, watch.timeoutS ?? EVENT_FROM_TIMEOUT_S));
        if (stopped) return;
        const reset = token === '';
        if (reset) watch.cache.clear(); else refills = 0;
        const { changed, gone } = watch.cache.apply(batch.events);
        token = batch.token;
        if (reset || changed.length > 0 || gone.length > 0) watch.onPatch({ reset, changed, gone });
      } catch (error) {
        if (stopped) return;
        // With an empty token there is nothing left to give up: then it is an error like any other.
        if (error instanceof ApiError && REFILL_CODES.has(error.code) && token !== '' && refills < REFILLS_IN_A_ROW_MAX) {
          token = '';
          refills++;
          continue;
        }
        watch.onEnd(error instanceof ApiError ? error : HostSilent.from(error));
        return;
      }
    }
  })();
  return { dispose: () => { stopped = true; } };
};

const readBatch = (answer: unknown): { events: readonly ApiEvent[]; token: string } => {
  const { events, token } = (answer ?? {}) as { events?: unknown; token?: unknown };
  if (!Array.isArray(events) || typeof token !== 'string' || token === '' || !events.every(isEvent)) throw new HostSilent('garbled', 'answer to event.from');
  return { events, token };
};

const isEvent = (value: unknown): value is ApiEvent => {
  const event = value as Partial<ApiEvent> | null;
  return typeof event?.class === 'string' && typeof event.ref === 'string' && (event.operation === 'add' || event.operation === 'mod' || event.operation === 'del');
};
