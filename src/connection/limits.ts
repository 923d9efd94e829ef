/** Includes the 5 s by which a host answers a wrong password later. */
export const CALL_TIMEOUT_MS = 120_000;
/** How much later than asked for an empty event.from may come. */
export const EVENT_FROM_GRACE_MS = 15_000;
export const PENDING_CALLS_MAX = 1_000;

/** event.from is asked to wait, and may; what it tells from the beginning can be long, as other answers. */
export const answerTimeoutMs = (method: string, [, token, timeoutS]: readonly unknown[], answerMs = CALL_TIMEOUT_MS): number =>
  (method === 'event.from' ? Number(timeoutS) * 1_000 + (token === '' ? Math.max(answerMs, EVENT_FROM_GRACE_MS) : EVENT_FROM_GRACE_MS) : answerMs);
