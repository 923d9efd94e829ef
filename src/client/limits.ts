/** The client's limits; every name carries its unit. Tests shorten them. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** A WebSocket that brings no byte for a whole interval after our ping is dead. */
export const PULSE_INTERVAL_MS = 15_000;
/** The first fill of a farm: 10,000 VMs with their disks and interfaces are about 150 MB of JSON. */
export const RESPONSE_MAX_BYTES = 384 * 1024 * 1024;
export const HTTP_HEAD_MAX_BYTES = 16 * 1024;
/** Below the idle time after which hosts close a kept connection, so that no call meets a socket that is just closing. */
export const POST_IDLE_MS = 4_000;
export const POST_SOCKETS_MAX = 6;
export const LOGOUT_TIMEOUT_MS = 2_000;

export interface Limits { connectTimeoutMs: number; callTimeoutMs: number; eventTimeoutS: number; pulseIntervalMs: number; pendingCallsMax: number; responseMaxBytes: number }
