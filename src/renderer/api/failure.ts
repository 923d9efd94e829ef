/* Why something did not happen. "The host said no" and "the host is silent" are different answers; the words for both
 * are in parts/errors. */

export type Failure =
  | { kind: 'refused'; code: string; params: readonly string[] }
  | { kind: 'silent'; reason: string }
  /** A connection that did not come about: nothing was asked of the host. */
  | { kind: 'unreachable'; reason: string }
  /** The task is not on the host any more and nobody can say how it ended. */
  | { kind: 'outcome-unknown'; method: string }
  /** It failed of `cause`, and what was made by then could not be removed because of `undo`. */
  | { kind: 'half-made'; name: string; cause: Failure; undo: Failure }
  /** This computer cannot read the file that was to be sent. */
  | { kind: 'file'; reason: string }
  /** The person stopped it. */
  | { kind: 'aborted' }
  /** A mistake of this program. */
  | { kind: 'defect'; message: string };

export class CallFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.kind === 'refused' ? [failure.code, ...failure.params].join(' ') : failure.kind === 'silent' ? failure.reason : failure.kind);
    this.name = 'CallFailed';
    this.failure = failure;
  }
}

export const failureOf = (error: unknown): Failure =>
  error instanceof CallFailed ? error.failure : { kind: 'defect', message: error instanceof Error ? error.message : String(error) };
