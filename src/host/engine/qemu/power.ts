/* A QEMU process, as the engine sees it. Pure: the caller does the work.
 *
 *            ready            STOP
 *   launching ----> running <--------> paused
 *       |             |     RESUME       |
 *       |             +---- SHUTDOWN ----+------> off    the guest is off, QEMU still stands there (-action shutdown=pause)
 *       |             |                  |         |
 *       +-------------+--- kill ---------+---------+--> dying
 *       |             |                  |         |      |
 *       +-------------+------ exit ------+---------+------+--> gone (last)
 *
 * The pictures on the way (reset, I/O error) change no state. */

export type Power =
  | { at: 'launching' }
  | { at: 'running' }
  | { at: 'paused' }
  | { at: 'off'; by: 'guest' | 'reset' | 'host' }
  | { at: 'dying' }
  | { at: 'gone'; why: 'shutdown' | 'reboot-requested' | 'killed' | 'crashed' };

export type Input =
  /** The monitor answers for the first time; with what query-status says. */
  | { on: 'ready'; status: 'running' | 'paused' | 'off' }
  | { on: 'STOP' } | { on: 'RESUME' } | { on: 'RESET' }
  /** `reset`: its guest wanted a reset, and it was started to end then. */
  | { on: 'SHUTDOWN'; by: 'guest' | 'reset' | 'host' }
  /** We were told to end it. */
  | { on: 'kill' }
  | { on: 'exit' };

/** Undefined: the input means nothing here. */
export const next = (power: Power, input: Input): Power | undefined => {
  switch (power.at) {
    case 'gone': return undefined;
    case 'launching':
      switch (input.on) {
        case 'ready': return input.status === 'off' ? { at: 'off', by: 'guest' } : { at: input.status };
        case 'kill': return { at: 'dying' };
        case 'exit': return { at: 'gone', why: 'crashed' };
        default: return undefined;
      }
    case 'running':
    case 'paused':
      switch (input.on) {
        case 'STOP': return power.at === 'running' ? { at: 'paused' } : undefined;
        case 'RESUME': return power.at === 'paused' ? { at: 'running' } : undefined;
        case 'SHUTDOWN': return { at: 'off', by: input.by };
        case 'kill': return { at: 'dying' };
        case 'exit': return { at: 'gone', why: 'crashed' };
        case 'RESET': return power;
        case 'ready': return undefined;
      }
      break;
    case 'off':
      switch (input.on) {
        // SIGTERM from elsewhere (a host that goes down) ends QEMU by itself, with by: 'host'.
        case 'exit': return { at: 'gone', why: power.by === 'guest' ? 'shutdown' : power.by === 'reset' ? 'reboot-requested' : 'killed' };
        case 'kill': return { at: 'dying' };
        case 'STOP': return power; // shutdown=pause says so
        default: return undefined;
      }
    case 'dying':
      switch (input.on) {
        case 'exit': return { at: 'gone', why: 'killed' };
        case 'STOP': case 'SHUTDOWN': case 'kill': return power;
        default: return undefined;
      }
  }
  return undefined;
};
