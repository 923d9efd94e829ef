export { addressText, parseAddress, DEFAULT_PORT, type HostAddress } from './address';
export { connect, type Client, type ConnectOptions, type ConnectOutcome } from './connect';
export type { ConsoleAsked } from './console';
export { HostSilent } from './errors';
export type { Limits } from './limits';
export { complete, EVENT_CLASSES, RecordCache } from './records';
export { resultText, waitForTask } from './task';
export { isFingerprint, normalFingerprint } from './tls';
export { watchRecords, type Patch, type Watch } from './watch';
