import type { SilentReason } from '../shared/api';

/** The host gave no answer: its socket closed, its time ran out, or what it sent made no sense. ApiError is the other kind: it said no. */
export class HostSilent extends Error {
  /** A SilentReason, `http-<status>`, or a system error code. */
  readonly reason: string;
  constructor(reason: SilentReason | `http-${number}` | (string & {}), what?: string) {
    super(what === undefined ? reason : `${reason}: ${what}`);
    this.name = 'HostSilent';
    this.reason = reason;
  }
  /** From whatever a socket threw. */
  static from(error: unknown, what?: string): HostSilent {
    if (error instanceof HostSilent) return error;
    const code = (error as { code?: unknown } | null)?.code;
    return new HostSilent(typeof code === 'string' ? code : 'closed', what ?? (error instanceof Error ? error.message : String(error)));
  }
}

/** The host sends us to another member of its pool (302): what was asked for is there. */
export class Elsewhere extends HostSilent {
  readonly location: string;
  constructor(status: number, location: string) {
    super(`http-${status}`, location);
    this.location = location;
  }
}
