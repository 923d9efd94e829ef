import type { AllCalls, Changed, Gone, Method } from '../api';

/** "The host said no" and "the host is silent" are different answers. */
export type Reply<T> =
  | { ok: true; value: T }
  | { ok: false; kind: 'refused'; code: string; params: readonly string[] }
  | { ok: false; kind: 'silent'; reason: string };

/** A file of this computer that a person has chosen. Only main knows where it is. */
export interface LocalFile { id: FileId; name: string; sizeBytes: number; /** By what stands in it. */ kind: FileKind }
export type FileId = string;
export type FileKind = 'xva' | 'ova' | DiskFormat | 'iso' | 'unknown';
export type DiskFormat = 'raw' | 'vhd' | 'qcow2' | 'vmdk' | 'vhdx';
/** A fixed VHD is known as a VHD when it comes. */
export type ExportFormat = DiskFormat | 'vhd-fixed';
/** What a person is asked for. */
export type FilePurpose = 'any' | 'disk' | 'iso';
/** Besides the host's answers: this computer cannot read or write the file (any more). */
export type TransferReply = Reply<void> | { ok: false; kind: 'file'; reason: string };
/** `totalBytes` is absent while nobody knows. */
export interface TransferProgress { file: FileId; bytes: number; totalBytes?: number }

/** Into a file. */
export type DownloadWish =
  | { what: 'vm'; vm: string; format: 'xva' | 'ova'; compression: 'none' | 'gzip' | 'zstd'; snapshots: boolean }
  | { what: 'disk'; vdi: string; format: ExportFormat };
/** Out of one. A VM with empty texts: to the pool's default storage, to networks of the same names. `resumable`: the host keeps for a while what has come when it breaks off, and goes on in the same task. */
export type UploadWish =
  | { what: 'vm'; sr: string; network: string; restore: boolean; resumable?: boolean }
  | { what: 'new-disk'; sr: string; name: string; format: DiskFormat; resumable?: boolean }
  /** The bytes as they are; `fromByte` (0 from the start): an upload that may go on later. */
  | { what: 'into-disk'; vdi: string; fromByte?: number; resumable?: boolean };

export type SessionId = string;
export type ConsoleId = string;

export interface KnownHost { address: string; user: string; fingerprint: string; passwordKept: boolean; lastUsed: string; /** Its edition was one that is connected alone. */ alone?: boolean }
export interface ConnectRequest {
  /** `host`, `host:port`, `[v6]:port` or an https URL. */
  address: string;
  user: string;
  /** Empty: use the kept one. */
  password: string;
  keepPassword: boolean;
  /** The fingerprint (SHA-256, upper case, colons) that the person has seen and accepted just now. */
  accept?: string;
  /** The person was told which connections end: those that an edition does not let stay beside this one. */
  leave?: true;
}

/** Where a session to one host stands; drawn in connection/state.ts. Times are milliseconds since the epoch. */
export type SessionState =
  | { at: 'connecting' }
  | { at: 'untrusted'; fingerprint: string }
  | { at: 'certificate-changed'; expected: string; fingerprint: string }
  | { at: 'refused'; code: string; params: readonly string[] }
  | { at: 'unreachable'; reason: string }
  /** By the edition of this host, or of those (their addresses), it is not connected beside them. */
  | { at: 'alone'; wish: 'own' | 'others'; others: readonly string[] }
  | { at: 'filling' }
  | { at: 'live' }
  | { at: 'lost'; since: number; reason: string; attempt: number; nextTryAt: number }
  | { at: 'closed' };
export interface SessionView {
  id: SessionId; address: string; user: string; fingerprint: string; state: SessionState;
  /** What the user's role allows, as XenAPI's RBAC names it (`vm.start`). Absent: everything, or nobody has told. */
  permissions?: readonly string[] | undefined;
}

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
export interface Preferences { graphs: readonly SavedGraph[]; /** Alerts are told to the desktop. */ notify: boolean; /** Known hosts are connected at the start. */ connectAtStart?: boolean }
export const PREFERENCES: Preferences = { graphs: [], notify: true };
/** What the desktop is to say; `about` comes back when a person clicks on it. */
export interface DesktopNotice { title: string; body: string; about: string }

/** A person's own program that reaches a guest by itself. */
export type OutsideClient = 'ssh' | 'rdp';

/** In a browser the page is one host's own, and the browser has the keys, the files and the windows. */
export interface AppFacts { runsIn: 'desktop' | 'browser'; version: string; electron: string; platform: string; secretsAreSafe: boolean }

/** Renderer -> main. */
export interface Invoke {
  'app.facts': () => AppFacts;
  'hosts.known': () => readonly KnownHost[];
  'hosts.forget': (address: string) => void;
  /** All known hosts whose password is kept and that are not connected, as far as their editions let them be together. */
  'hosts.connect': () => void;
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
  /** Whether fresh figures of this session are wanted. */
  'metrics.watch': (session: SessionId, wanted: boolean) => void;
  'metrics.history': (session: SessionId, cls: MetricsClass, ref: string) => Promise<Reply<MetricsHistory>>;
  'preferences.read': () => Preferences;
  'preferences.write': (preferences: Preferences) => void;
  'notice.show': (notice: DesktopNotice) => void;
  /** Shows a web page in the person's browser; false: it is no such address, or nothing opens it. */
  'outside.browse': (url: string) => boolean;
  /** Which of these answer at a guest's IP address now. */
  'outside.answers': (address: string) => readonly OutsideClient[];
  /** Starts the person's own program; false: this computer has none for it. */
  'outside.reach': (client: OutsideClient, address: string) => boolean;
  /** Asks the person for files of this computer; empty: they chose none. */
  'file.choose': (purpose: FilePurpose) => readonly LocalFile[];
  /** Asks where a file goes. */
  'file.place': (suggestedName: string) => LocalFile | undefined;
  /** The part that has come is the file now, or goes. */
  'file.settle': (file: FileId, whole: boolean) => boolean;
  /** Into a placed file, in this task of the host, which alone tells whether all of it is there. */
  'transfer.receive': (session: SessionId, file: FileId, task: string, wish: DownloadWish, resume: boolean) => TransferReply;
  /** Out of a chosen file, in this task of the host. */
  'transfer.send': (session: SessionId, file: FileId, task: string, wish: UploadWish, resume: boolean) => TransferReply;
  'transfer.cancel': (file: FileId) => void;
  'console.open': (session: SessionId, consoleRef: string) => Reply<ConsoleId>;
  'console.write': (id: ConsoleId, bytes: Uint8Array) => void;
  /** Tells main that so many bytes were shown: it stops reading from the host while too many are on the way. */
  'console.ack': (id: ConsoleId, byteCount: number) => void;
  'console.close': (id: ConsoleId) => void;
}

/** Preload -> main. A page cannot say a path: the preload takes it from a file that was really dropped. */
export interface PreloadInvoke { 'file.dropped': (path: string) => LocalFile | undefined }

/** Main -> renderer. Announces, never orders. */
export interface Announce {
  'session.state': SessionView;
  'session.records': RecordPatch;
  'metrics.rows': MetricsRows;
  'notice.clicked': { about: string };
  'transfer.progress': TransferProgress;
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
  'app.facts', 'hosts.known', 'hosts.forget', 'hosts.connect', 'sessions.list', 'session.connect', 'session.disconnect', 'session.retry', 'session.move',
  'session.call', 'session.records',
  'metrics.watch', 'metrics.history', 'preferences.read', 'preferences.write', 'notice.show', 'outside.browse', 'outside.answers', 'outside.reach', 'file.choose', 'file.place', 'file.settle', 'transfer.receive', 'transfer.send', 'transfer.cancel', 'console.open', 'console.write', 'console.ack', 'console.close',
] as const satisfies readonly (keyof Invoke)[];
export const PRELOAD_CHANNELS = ['file.dropped'] as const satisfies readonly (keyof PreloadInvoke)[];
export const ANNOUNCE_CHANNELS = ['session.state', 'session.records', 'metrics.rows', 'notice.clicked', 'transfer.progress', 'console.data', 'console.closed'] as const satisfies readonly (keyof Announce)[];
