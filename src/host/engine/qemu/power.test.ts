import { describe, expect, it } from 'vitest';
import { next } from './power';
import type { Input, Power } from './power';

const STATES: Record<string, Power> = {
  launching: { at: 'launching' }, running: { at: 'running' }, paused: { at: 'paused' }, offByGuest: { at: 'off', by: 'guest' }, offByHost: { at: 'off', by: 'host' },
  dying: { at: 'dying' }, shutdown: { at: 'gone', why: 'shutdown' }, killed: { at: 'gone', why: 'killed' }, crashed: { at: 'gone', why: 'crashed' },
};
const INPUTS: Record<string, Input> = {
  readyRunning: { on: 'ready', status: 'running' }, readyPaused: { on: 'ready', status: 'paused' }, readyOff: { on: 'ready', status: 'off' },
  STOP: { on: 'STOP' }, RESUME: { on: 'RESUME' }, RESET: { on: 'RESET' },
  SHUTDOWNguest: { on: 'SHUTDOWN', by: 'guest' }, SHUTDOWNhost: { on: 'SHUTDOWN', by: 'host' }, kill: { on: 'kill' }, exit: { on: 'exit' },
};
/** Every input in every state; what is not here means nothing. */
const TABLE: Record<string, Record<string, string>> = {
  launching: { readyRunning: 'running', readyPaused: 'paused', readyOff: 'offByGuest', kill: 'dying', exit: 'crashed' },
  running: { STOP: 'paused', RESET: 'running', SHUTDOWNguest: 'offByGuest', SHUTDOWNhost: 'offByHost', kill: 'dying', exit: 'crashed' },
  paused: { RESUME: 'running', RESET: 'paused', SHUTDOWNguest: 'offByGuest', SHUTDOWNhost: 'offByHost', kill: 'dying', exit: 'crashed' },
  offByGuest: { STOP: 'offByGuest', kill: 'dying', exit: 'shutdown' },
  offByHost: { STOP: 'offByHost', kill: 'dying', exit: 'killed' },
  dying: { STOP: 'dying', SHUTDOWNguest: 'dying', SHUTDOWNhost: 'dying', kill: 'dying', exit: 'killed' },
  shutdown: {}, killed: {}, crashed: {},
};

describe('the power machine', () => {
  for (const [state, power] of Object.entries(STATES)) {
    it.each(Object.entries(INPUTS))(`${state} + %s`, (name, input) => {
      const wanted = TABLE[state]![name];
      expect(next(power, input)).toEqual(wanted === undefined ? undefined : STATES[wanted]);
    });
  }
});
