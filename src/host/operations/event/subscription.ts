import { ApiError, type ClassName } from '../../../shared/api';
import { CLASSES } from '../../../shared/api/generated/model';
import type { Store } from '../../store/contract';

/* What a client wants to hear of: "*", "vm" (in any case), "task/OpaqueRef:...". A class that this host does not serve is
 * no error: clients ask for all that they know. */

export interface Subscription {
  wants: (cls: ClassName, ref: string) => boolean;
  /** How many objects there are of each class that was asked for: clients find out what they missed. */
  counts: (store: Store) => Record<string, number>;
}

const EVENT_CLASSES = (Object.keys(CLASSES) as ClassName[]).filter(cls => CLASSES[cls].events);
const byLowerCase = new Map(EVENT_CLASSES.map(cls => [cls.toLowerCase(), cls]));
/** The served class of this name, in any case. */
export const eventClass = (name: string): ClassName | undefined => byLowerCase.get(name.toLowerCase());

export const parseSubscription = (classes: readonly string[]): Subscription => {
  let everything = false;
  const whole = new Set<ClassName>(), single = new Map<ClassName, Set<string>>();
  for (const text of classes) {
    const [name = '', ref, ...rest] = text.split('/');
    if (rest.length > 0 || name === '') throw new ApiError('EVENT_SUBSCRIPTION_PARSE_FAILURE', text.slice(0, 200));
    if (text === '*') { everything = true; continue; }
    const cls = eventClass(name);
    if (cls === undefined) continue;
    if (ref === undefined) whole.add(cls);
    else single.set(cls, (single.get(cls) ?? new Set()).add(ref));
  }
  return {
    wants: (cls, ref) => everything || whole.has(cls) || single.get(cls)?.has(ref) === true,
    counts: store => Object.fromEntries(EVENT_CLASSES.filter(cls => everything || whole.has(cls) || single.has(cls)).map(cls => [cls.toLowerCase(), store.all(cls).size])),
  };
};

const DIGITS = 20;
/** xapi's token: the generation of the database and that of messages, which we have none of. */
export const writeToken = (generation: number): string => `${String(generation).padStart(DIGITS, '0')},${'0'.repeat(DIGITS)}`;
/** The generation; 0 for the empty token, the beginning. */
export const readToken = (token: string): number => {
  if (token === '') return 0;
  const generation = Number(/^(\d{1,20}),\d{1,20}$/.exec(token)?.[1]);
  if (!Number.isSafeInteger(generation)) throw new ApiError('EVENT_FROM_TOKEN_PARSE_FAILURE', token.slice(0, 200));
  return generation;
};
