import type { Ref } from '../../../shared/api';
import type { Caller } from '../contract';

/** Whose a session is. */
export interface Identity {
  user: string;
  /** The subject's identifier; empty for root. */
  sid: string;
  /** All that this person is known by: groups, too. */
  sids: readonly string[];
  account: Ref<'user'>;
  subject: Ref<'subject'>;
  role: string;
}
export interface Live { identity: Identity; caller: Caller; originator: string; opened: number; lastActive: number }
/** What those need that change who may what. */
export interface SessionControl {
  /** Ends all sessions that are chosen, now: consoles and transfers are cut. */
  revoke(chosen: (identity: Identity, ref: string) => boolean): void;
  /** After a change of subjects: who may more, may it at once; who may less has to log in again. */
  reconsider(): void;
}
