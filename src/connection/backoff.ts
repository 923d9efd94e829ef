export const RETRY_FIRST_MS = 500;
export const RETRY_MAX_MS = 30_000;

/** How long to wait after so many attempts that failed: doubled each time, up to half of it left to chance (0 to 1), so that many consoles do not come back at once. */
export const backoffMs = (failedAttempts: number, random: number): number => {
  const whole = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failedAttempts, 16));
  return Math.round(whole * (0.5 + random / 2));
};
