import type { EndReason } from '../contract';
import type { Seen } from './parse';

/* A domain, as the engine sees it: what `xl list` shows of it now, against what it was. Pure: the caller does the work.
 * A domain whose guest is off stands there (`s`, with a reason) until it is destroyed: so a service that was away learns why. */

export type Power = 'launching' | 'running' | 'paused' | 'gone';
export type Turn =
  | { to: 'running' | 'paused' }
  /** Its guest is off, or it has crashed: it is to be destroyed, and told. */
  | { to: 'ended'; why: EndReason }
  /** Nobody destroyed it but somebody else. */
  | { to: 'gone' };

/** XEN_DOMCTL SHUTDOWN_*. 2, suspend, is on its way into a file. */
const REASONS: Readonly<Record<number, EndReason>> = { 0: 'shutdown', 1: 'reboot-requested', 3: 'crashed', 4: 'crashed', 5: 'reboot-requested' };

/** Undefined: nothing has changed. @param seen undefined: there is no such domain */
export const turn = (power: Power, seen: Seen | undefined): Turn | undefined => {
  if (power === 'launching' || power === 'gone') return undefined;
  if (seen === undefined || seen.isDying) return { to: 'gone' };
  if (seen.isCrashed) return { to: 'ended', why: 'crashed' };
  if (seen.endReason !== undefined) { const why = REASONS[seen.endReason]; return why && { to: 'ended', why }; }
  const now = seen.isPaused ? 'paused' : 'running';
  return now === power ? undefined : { to: now };
};
