import { describe, expect, it } from 'vitest';
import type { SessionState } from '../shared/ipc';
import { next, type SessionInput } from './state';

const STATES: Record<SessionState['at'], SessionState> = {
  connecting: { at: 'connecting' },
  untrusted: { at: 'untrusted', fingerprint: 'AA' },
  'certificate-changed': { at: 'certificate-changed', expected: 'AA', fingerprint: 'BB' },
  refused: { at: 'refused', code: 'X', params: [] },
  unreachable: { at: 'unreachable', reason: 'r' },
  alone: { at: 'alone', wish: 'own', others: ['a'] },
  filling: { at: 'filling' },
  live: { at: 'live' },
  lost: { at: 'lost', since: 5, reason: 'old', attempt: 3, nextTryAt: 9 },
  closed: { at: 'closed' },
};
const INPUTS: Record<SessionInput['on'], SessionInput> = {
  try: { on: 'try', now: 20 },
  untrusted: { on: 'untrusted', fingerprint: 'CC' },
  changed: { on: 'changed', expected: 'AA', fingerprint: 'CC' },
  refused: { on: 'refused', code: 'Y', params: ['p'] },
  unreachable: { on: 'unreachable', reason: 'why' },
  connected: { on: 'connected' },
  filled: { on: 'filled' },
  alone: { on: 'alone', wish: 'others', others: ['b'] },
  silent: { on: 'silent', reason: 'gone', now: 20, nextTryAt: 30 },
  close: { on: 'close' },
};
const untrusted: SessionState = { at: 'untrusted', fingerprint: 'CC' };
const changed: SessionState = { at: 'certificate-changed', expected: 'AA', fingerprint: 'CC' };
const refused: SessionState = { at: 'refused', code: 'Y', params: ['p'] };
const newlyLost: SessionState = { at: 'lost', since: 20, reason: 'gone', attempt: 1, nextTryAt: 30 };
const connecting: SessionState = { at: 'connecting' };
const closed: SessionState = { at: 'closed' };

/** Every state x every input; what is not here means nothing. */
const TABLE: Record<SessionState['at'], Partial<Record<SessionInput['on'], SessionState>>> = {
  connecting: { untrusted, changed, refused, unreachable: { at: 'unreachable', reason: 'why' }, connected: { at: 'filling' }, silent: newlyLost, close: closed },
  untrusted: { try: connecting, close: closed },
  'certificate-changed': { try: connecting, close: closed },
  refused: { try: connecting, close: closed },
  unreachable: { try: connecting, close: closed },
  alone: { try: connecting, close: closed },
  filling: { filled: { at: 'live' }, alone: { at: 'alone', wish: 'others', others: ['b'] }, silent: newlyLost, close: closed },
  live: { silent: newlyLost, close: closed },
  lost: {
    try: { at: 'lost', since: 5, reason: 'old', attempt: 3, nextTryAt: 20 }, untrusted, changed, refused, connected: STATES.lost, filled: { at: 'live' },
    silent: { at: 'lost', since: 5, reason: 'gone', attempt: 4, nextTryAt: 30 }, close: closed,
  },
  closed: {},
};

describe('a session\'s state', () => {
  const pairs = Object.values(STATES).flatMap(state => Object.values(INPUTS).map(input => ({ state, input, at: state.at, on: input.on })));
  it.each(pairs)('$at, $on', ({ state, input }) => { expect(next(state, input)).toEqual(TABLE[state.at][input.on]); });
});
