export type { Calls, AsyncCalls } from './generated/calls';
export type * from './generated/enums';
export type * from './generated/records';
export { ENUMS } from './generated/enums';
export { ERRORS, type ErrorCode } from './generated/errors';
export { ApiError } from './errors';
export { SILENT_REASONS, type SilentReason } from './silence';
export type { ApiEvent, Changed, EventBatch, Gone } from './events';
export { KNOWN_DEFAULTS_HEADER, type ClassModel, type FieldModel, type MessageModel } from './model';
export { EPOCH, NULL_REF, isNull, nullRef, parseType, type Ref, type Type } from './types';
export { zeroOf } from './zero';
import type { AsyncCalls, Calls } from './generated/calls';
/** Answered without a session, and not part of the data model. */
export interface SystemCalls { 'system.listMethods': () => readonly string[]; 'system.isAlive': () => string }
/** Every method a client may name. */
export type AllCalls = Calls & AsyncCalls & SystemCalls;
export type Method = keyof AllCalls;
