import type { AllCalls, Changed, Gone, Method } from '../api';

/** "The host said no" and "the host is silent" are different answers. */
export type Reply<T> =
  | { ok: true; value: T }
  | { ok: false; kind: 'refused'; code: string; params: readonly string[] }
  | { ok: false; kind: 'silent'; reason: string };

/** A file of this computer that a person has chosen. Only main knows where it is. */
export interface LocalFile { id: FileId; name: string; sizeBytes: number }
export type FileId = string;
/** Besides the host's answers: this computer cannot read the file (any more). */
export type UploadReply = Reply<void> | { ok: false; kind: 'file'; reason: string };

/** A VM into a file. */
export interface ExportWish { vm: string; compression: 'none' | 'gzip' | 'zstd'; snapshots: boolean }
/** A VM out of a file. Empty: the pool's default storage, networks of the same names. */
export interface ImportWish { sr: string; network: string; restore: boolean }

export type SessionId = string;
export type ConsoleId = string;

export interface KnownHost { address: string; user: string; fingerprint: string; passwordKept: boolean; lastUsed: string }
export interface ConnectRequest {
  /** `host`, `host:port`, `[v6]:port` or an https URL. */
  address: string;
  user: string;
  /** Empty: use the kept one. */
  password: string;
  keepPassword: boolean;
  /** The fingerprint (SHA-256, upper case, colons) that the person has seen and accepted just now. */
  accept?: string;
}

/** Where a session to one host stands; drawn in main/sessions/state.ts. Times are milliseconds since the epoch. */
export type SessionState =
  | { at: 'connecting' }
  | { at: 'untrusted'; fingerprint: string }
  | { at: 'certificate-changed'; expected: string; fingerprint: string }
  | { at: 'refused'; code: string; params: readonly string[] }
  | { at: 'unreachable'; reason: string }
  | { at: 'filling' }
  | { at: 'live' }
  | { at: 'lost'; since: number; reason: string; attempt: number; nextTryAt: number }
  | { at: 'closed' };
export interface SessionView { id: SessionId; address: string; user: string; fingerprint: string; state: SessionState }

/** Changes for one session's records. With `reset`, everything known before is void. */
export interface RecordPatch { session: SessionId; reset: boolean; changed: readonly Changed[]; gone: readonly Gone[] }

/** Whose figures they are: the classes of XenAPI that have some. */
export type MetricsClass = 'VM' | 'host' | 'SR';
export interface MetricsColumn { owner: 'vm' | 'host' | 'sr'; uuid: string; source: string }
/**
 * Fresh rows of figures from one host: a whole row after the other in `values`, NaN where nothing is known; times are seconds of the host's own clock. `columns`
 * comes when it is another one than before. Or why there are none now.
 */
export type MetricsRows = { session: SessionId; host: string } & (
  | { ok: true; columns?: readonly MetricsColumn[]; times: Float64Array; values: Float32Array }
  | Extract<Reply<never>, { ok: false }>);
/** All that is kept of one object, finest first: a row after the other as above, the newest ended at `endS`. */
export interface MetricsHistory { lastUpdateS: number; sources: readonly string[]; archives: readonly { stepS: number; endS: number; rows: number; values: Float32Array }[] }

/** A graph that a person has put together, for the Performance tab of one object. */
export interface SavedGraph { id: string; title: string; /** The uuid of the object. */ on: string; lines: readonly { cls: MetricsClass; uuid: string; source: string }[] }
/** What a person has chosen in this console, for all hosts. */
export interface Preferences { graphs: readonly SavedGraph[]; /** Alerts are told to the desktop. */ notify: boolean }
export const PREFERENCES: Preferences = { graphs: [], notify: true };
/** What the desktop is to say; `about` comes back when a person clicks on it. */
export interface DesktopNotice { title: string; body: string; about: string }

export interface AppFacts { version: string; electron: string; platform: string; secretsAreSafe: boolean }

/** Renderer -> main. */
export interface Invoke {
  'app.facts': () => AppFacts;
  'hosts.known': () => readonly KnownHost[];
  'hosts.forget': (address: string) => void;
  'sessions.list': () => readonly SessionView[];
  /** Answers as soon as the outcome is known: live, or the state in which it stopped. */
  'session.connect': (request: ConnectRequest) => SessionView;
  'session.disconnect': (session: SessionId) => void;
  'session.retry': (session: SessionId) => void;
  /** The host has another address: goes there, with the certificate it had. Answers whether it is reached there, once it is live again. */
  'session.move': (session: SessionId, address: string) => boolean;
  'session.call': <M extends Method>(session: SessionId, method: M, args: Parameters<AllCalls[M]>) => Promise<Reply<ReturnType<AllCalls[M]>>>;
  /** All records as a patch with `reset`: for a renderer that has just loaded. */
  'session.records': (session: SessionId) => RecordPatch;
  /** Asks the person for disc images; empty: they chose none. */
  /** Whether fresh figures of this session are wanted. */
  'metrics.watch': (session: SessionId, wanted: boolean) => void;
  'metrics.history': (session: SessionId, cls: MetricsClass, ref: string) => Promise<Reply<MetricsHistory>>;
  'preferences.read': () => Preferences;
  'preferences.write': (preferences: Preferences) => void;
  'notice.show': (notice: DesktopNotice) => void;
  'upload.choose': () => readonly LocalFile[];
  /** Streams a chosen file into an empty disk, main to host; answers when the host has all of it. */
  'upload.send': (session: SessionId, file: FileId, vdi: string) => UploadReply;
  'upload.cancel': (file: FileId) => void;
  /** Asks the person for a file that holds a VM. */
  'archive.choose': () => LocalFile | undefined;
  /** Asks where a file goes. */
  'archive.place': (suggestedName: string) => LocalFile | undefined;
  /** A VM into a placed file, in this task of the host; `archive.settle` follows when the task has ended. */
  'archive.export': (session: SessionId, file: FileId, task: string, wish: ExportWish) => UploadReply;
  'archive.settle': (file: FileId, whole: boolean) => boolean;
  'archive.import': (session: SessionId, file: FileId, task: string, wish: ImportWish) => UploadReply;
  'console.open': (session: SessionId, consoleRef: string) => Reply<ConsoleId>;
  'console.write': (id: ConsoleId, bytes: Uint8Array) => void;
  /** Tells main that so many bytes were shown: it stops reading from the host while too many are on the way. */
  'console.ack': (id: ConsoleId, byteCount: number) => void;
  'console.close': (id: ConsoleId) => void;
}

/** Preload -> main. A page cannot say a path: the preload takes it from a file that was really dropped. */
export interface PreloadInvoke { 'upload.dropped': (path: string) => LocalFile | undefined }

/** Main -> renderer. Announces, never orders. */
export interface Announce {
  'session.state': SessionView;
  'session.records': RecordPatch;
  'metrics.rows': MetricsRows;
  'notice.clicked': { about: string };
  'upload.progress': { file: FileId; sentBytes: number };
  'console.data': { id: ConsoleId; bytes: Uint8Array };
  'console.closed': { id: ConsoleId; reason: string };
}

/** What the preload exposes as `window.api`. */
export interface Bridge {
  invoke<C extends keyof Invoke>(channel: C, ...args: Parameters<Invoke[C]>): Promise<Awaited<ReturnType<Invoke[C]>>>;
  /** For a file that was dropped on the page; undefined: it is none that can be read. */
  takeFile(file: object): Promise<LocalFile | undefined>;
  on<C extends keyof Announce>(channel: C, listener: (value: Announce[C]) => void): () => void;
}
export const INVOKE_CHANNELS = [
  'app.facts', 'hosts.known', 'hosts.forget', 'sessions.list', 'session.connect', 'session.disconnect', 'session.retry', 'session.move',
  'session.call', 'session.records',
  'metrics.watch', 'metrics.history', 'preferences.read', 'preferences.write', 'notice.show', 'upload.choose', 'upload.send', 'upload.cancel', 'archive.choose', 'archive.place', 'archive.export', 'archive.settle', 'archive.import', 'console.open', 'console.write', 'console.ack', 'console.close',
] as const satisfies readonly (keyof Invoke)[];
export const PRELOAD_CHANNELS = ['upload.dropped'] as const satisfies readonly (keyof PreloadInvoke)[];
export const ANNOUNCE_CHANNELS = ['session.state', 'session.records', 'metrics.rows', 'notice.clicked', 'upload.progress', 'console.data', 'console.closed'] as const satisfies readonly (keyof Announce)[];
