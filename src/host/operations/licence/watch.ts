import type { Disposable } from '../../../shared/lib/emitter';
import type { Desk } from '../desk';
import { CLOCK_TOLERANCE_MS } from './read';
import { noteTime, settleEdition, warnOfEnd } from './standing';

/* Looks at the licence while the service runs: it expires, and clocks are set. */

const LOOK_EVERY_MS = 60_000;
/** How often the time is written down. A clock that is wrong when the machine starts has as long to be put right, before it counts as the time that was. */
export const NOTE_EVERY_MS = 10 * LOOK_EVERY_MS;

/** @param monotonic milliseconds that no setting of the clock moves */
export const watchLicence = (desk: Desk, monotonic = (): number => performance.now()): Disposable & { look(): void } => {
  let noted = monotonic(), expected = desk.now();
  const look = (): void => {
    warnOfEnd(desk, settleEdition(desk));
    const now = monotonic(), elapsed = now - noted;
    if (elapsed < NOTE_EVERY_MS) return;
    // One that has just jumped may jump back.
    const isSteady = Math.abs(desk.now() - (expected + elapsed)) < CLOCK_TOLERANCE_MS;
    noted = now;
    expected = desk.now();
    if (isSteady) noteTime(desk, elapsed);
  };
  look();
  const timer = setInterval(() => { try { look(); } catch (error) { desk.log.error('the licence is not looked at', { why: String(error) }); } }, LOOK_EVERY_MS);
  return { look, dispose: () => { clearInterval(timer); } };
};
