/* The event loop: one event.from after the other, from the beginning of everything to the next change. When the host has
 * lost our place it begins anew, and says so with `reset`. */
import { ApiError, type AllCalls, type ApiEvent, type Changed, type ClassName, type Gone } from '../shared/api';
import type { Disposable } from '../shared/lib/emitter';
import { EVENT_FROM_TIMEOUT_S } from '../shared/lib/limits';
import { HostSilent } from './errors';
import { EVENT_CLASSES, RecordCache } from './records';

/** Of a client, what is needed. */
export interface EventSource { readonly via: 'websocket' | 'post'; call(method: 'event.from', ...args: Parameters<AllCalls['event.from']>): Promise<unknown> }
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

const EVERY_CLASS = ['*'];

/** A host that loses our place again and again is left alone for a while, like a silent one. */
const REFILLS_IN_A_ROW_MAX = 3;

export const watchRecords = (client: EventSource, watch: Watch): Disposable => {
  let stopped = false;
  let refills = 0;
  void (async () => {
    let token = '', classes: readonly string[] = EVENT_CLASSES;
    for (;;) {
      try {
        if (token === '') {
          const filled = await fill(client, watch, classes);
          if (stopped) return;
          watch.cache.become(filled.cache);
          token = filled.token;
          watch.onPatch({ reset: true, changed: filled.changed, gone: [] });
          continue;
        }
        const batch = readBatch(await client.call('event.from', classes, token, watch.timeoutS ?? EVENT_FROM_TIMEOUT_S));
        if (stopped) return;
        refills = 0;
        const { changed, gone } = watch.cache.apply(batch.events);
        token = batch.token;
        if (changed.length > 0 || gone.length > 0) watch.onPatch({ reset: false, changed, gone });
      } catch (error) {
        if (stopped) return;
        // A host of another release does not know all of our classes: then all of its own, and what we do not know is passed over.
        if (error instanceof ApiError && error.code === 'EVENT_SUBSCRIPTION_PARSE_FAILURE' && classes !== EVERY_CLASS) { classes = EVERY_CLASS; continue; }
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

/** Classes of which there can be very many; the most and longest records last. */
const MANY: readonly ClassName[] = ['VIF', 'VBD', 'VM_metrics', 'VM_guest_metrics', 'VDI', 'VM'];
const PARTS: readonly (readonly ClassName[])[] = [EVENT_CLASSES.filter(cls => !MANY.includes(cls)), ...MANY.map(cls => [cls])];

/**
 * The beginning. By WebSocket, which only hosts of ours offer, it is asked for in parts, all at once: the host writes one while we read the one before. Each part
 * brings a token of its own; from the oldest on nothing is missed, and what is told twice does no harm. Tokens are numbers with zeros before them: they compare as texts.
 */
const fill = async (client: EventSource, { timeoutS = EVENT_FROM_TIMEOUT_S }: Watch, wanted: readonly string[]): Promise<{ cache: RecordCache; changed: Changed[]; token: string }> => {
  const cache = new RecordCache(), inParts = client.via === 'websocket';
  const parts = await Promise.all((inParts && wanted === EVENT_CLASSES ? PARTS : [wanted]).map(async classes => {
    const { events, token } = readBatch(await client.call('event.from', [...classes], '', inParts ? 0 : timeoutS)); // a class of which there is nothing is not waited for
    return { changed: cache.apply(events).changed, token };
  }));
  const [token = ''] = parts.map(part => part.token).sort();
  return { cache, changed: parts.flatMap(part => part.changed), token };
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
