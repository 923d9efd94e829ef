/** Limits that both sides of the wire share; every name carries its unit. */
export const NAME_MAX_CHARS = 65_535;
export const REQUEST_MAX_BYTES = 16 * 1024 * 1024;
export const EVENT_FROM_TIMEOUT_S = 30;
export const CONSOLE_CHUNK_BYTES = 64 * 1024;
