/* Where a session to one host stands. The session does the work and tells what came of it; this says what that means.
 *
 *      +----------------- try ------------------+
 *      v                                        |
 *   connecting --> untrusted | certificate-changed | refused | unreachable | alone    (wait for a person)
 *      |  \                                     ^
 *  connected \ silent                           |
 *      v      \                                 |
 *   filling -- silent --> lost -----------------+        (filling -- alone --> alone: its edition is known only now)
 *      |                  ^ | ^ silent, try: the age stays, the attempts count up
 *    filled         silent  | +--+
 *      v                  | | filled
 *     live ---------------+ v
 *      ^------------------- +
 *
 *   and `close` leads from everywhere to closed, for good.
 */
import type { SessionState } from '../shared/ipc';

export type SessionInput =
  | { on: 'try'; now: number }
  | { on: 'untrusted'; fingerprint: string }
  | { on: 'changed'; expected: string; fingerprint: string }
  | { on: 'refused'; code: string; params: readonly string[] }
  /** The first attempt failed, and nobody asked to try for ever. */
  | { on: 'unreachable'; reason: string }
  | { on: 'connected' }
  /** It told its edition: it does not fit beside the others. */
  | { on: 'alone'; wish: 'own' | 'others'; others: readonly string[] }
  | { on: 'filled' }
  /** The connection is gone, or an attempt to get it back has failed. */
  | { on: 'silent'; reason: string; now: number; nextTryAt: number }
  | { on: 'close' };

/** Pure; undefined: the input means nothing in this state. */
export const next = (state: SessionState, input: SessionInput): SessionState | undefined => {
  if (state.at === 'closed') return undefined;
  if (input.on === 'close') return { at: 'closed' };
  switch (state.at) {
    case 'connecting':
      if (input.on === 'connected') return { at: 'filling' };
      if (input.on === 'unreachable') return { at: 'unreachable', reason: input.reason };
      if (input.on === 'silent') return lost(input, input.now, 1);
      return stopped(input);
    case 'untrusted': case 'certificate-changed': case 'refused': case 'unreachable': case 'alone':
      return input.on === 'try' ? { at: 'connecting' } : undefined;
    case 'filling':
      if (input.on === 'filled') return { at: 'live' };
      if (input.on === 'alone') return { at: 'alone', wish: input.wish, others: input.others };
      return input.on === 'silent' ? lost(input, input.now, 1) : undefined;
    case 'live':
      return input.on === 'silent' ? lost(input, input.now, 1) : undefined;
    case 'lost':
      if (input.on === 'try') return { ...state, nextTryAt: input.now };
      if (input.on === 'connected') return state; // what is shown is old until the fill has come
      if (input.on === 'filled') return { at: 'live' };
      if (input.on === 'silent') return lost(input, state.since, state.attempt + 1);
      return stopped(input);
  }
};

const lost = (input: SessionInput & { on: 'silent' }, since: number, attempt: number): SessionState =>
  ({ at: 'lost', since, reason: input.reason, attempt, nextTryAt: input.nextTryAt });

/** Only a person gets on from here. */
const stopped = (input: SessionInput): SessionState | undefined => {
  switch (input.on) {
    case 'untrusted': return { at: 'untrusted', fingerprint: input.fingerprint };
    case 'changed': return { at: 'certificate-changed', expected: input.expected, fingerprint: input.fingerprint };
    case 'refused': return { at: 'refused', code: input.code, params: input.params };
    default: return undefined;
  }
};
