/* The renderer's view of the world: records, sessions, calls, consoles. The only room that touches `window.api`. */
export { bridgeOfWindow } from './bridge';
export type { ConsoleListener, ConsoleStream } from './console-hub';
export { readDate } from './dates';
export type { SeenChange } from './seen-changes';
export { CallFailed, type Failure, failureOf } from './failure';
export { finished, resultOf, type TaskOutcome } from './follow';
export { type Found, SessionScope, useList, useNow, useRecord, useRecords, useSession, useSessionView, useTick, useTicks, useValue, useWorld, WorldScope } from './hooks';
export type { Feed, FeedState, Figures } from './feed';
export { type About, type Again, type Amount, Journal, type JournalEntry } from './journal';
export type { IndexSpec } from './record-index';
export { RecordStore } from './record-store';
export type { Held, Session } from './session';
export { Soon } from './soon';
export { Value } from './value';
export { World } from './world';
export type { ConnectRequest, DesktopNotice, DiskFormat, DownloadWish, ExportFormat, FileKind, FilePurpose, KnownHost, MetricsClass, MetricsHistory, Preferences, OutsideClient, SavedGraph, LocalFile, SessionId, SessionState, SessionView, UploadWish } from '../../shared/ipc';
