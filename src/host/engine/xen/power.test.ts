import { expect, it } from 'vitest';
import type { Seen } from './parse';
import { turn } from './power';

const seen = (change: Partial<Seen> = {}): Seen => ({ id: 1, name: 'd', uuid: 'u', memoryMib: 1, vcpus: 1, isPaused: false, isCrashed: false, isDying: false, ...change });

it.each([
  ['running', seen(), undefined], ['running', seen({ isPaused: true }), { to: 'paused' }], ['paused', seen(), { to: 'running' }],
  ['running', seen({ endReason: 0 }), { to: 'ended', why: 'shutdown' }], ['running', seen({ endReason: 1 }), { to: 'ended', why: 'reboot-requested' }], ['paused', seen({ endReason: 3 }), { to: 'ended', why: 'crashed' }],
  ['running', seen({ endReason: 2 }), undefined], // it is being saved
  ['running', seen({ isCrashed: true }), { to: 'ended', why: 'crashed' }],
  ['running', seen({ isDying: true }), { to: 'gone' }], ['running', undefined, { to: 'gone' }],
  ['launching', undefined, undefined], ['gone', seen(), undefined],
] as const)('a domain that is %s and then looks so', (power, now, expected) => { expect(turn(power, now)).toEqual(expected); });
