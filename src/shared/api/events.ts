import type { ClassName, Records } from './generated/records';
import type { Ref } from './types';

/** One change, as `event.from` tells it. `class` is in lower case on the wire; a `del` comes without a snapshot. */
export interface ApiEvent {
  id: string;
  timestamp: string;
  class: string;
  operation: 'add' | 'mod' | 'del';
  ref: string;
  snapshot?: Readonly<Record<string, unknown>>;
}
export interface EventBatch {
  events: readonly ApiEvent[];
  valid_ref_counts: Readonly<Record<string, number>>;
  token: string;
}

/** A record that is new or changed, with its class: the discriminant for those who read it. */
export type Changed = { [C in ClassName]: { cls: C; ref: Ref<C>; record: Records[C] } }[ClassName];
export interface Gone { cls: ClassName; ref: string }
