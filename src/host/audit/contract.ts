/* Who did what: an append-only log whose lines are a chain (shared/lib/audit-chain.ts). */

export interface AuditEntry {
  /** XenAPI's name of the call, `http/get_export` and its like, or what the service says of itself (`service.started`). */
  call: string;
  /** A call that takes its time has two lines: a crash between them leaves one. */
  phase: 'begun' | 'ended' | 'done';
  user?: string;
  /** The role that it was done with. */
  role?: string;
  /** Not its reference: that is as good as a password. */
  session?: string;
  from?: string;
  task?: string;
  args?: Readonly<Record<string, unknown>>;
  result?: 'ok' | readonly string[];
}

export interface AuditLog {
  /** Written when it returns, on the disk a second later. Never throws: what cannot be written is counted, and said in the next line that can. */
  write(entry: AuditEntry): void;
  /** The lines, as bytes, from a moment on. */
  read(sinceMs?: number): AsyncIterable<Buffer>;
  /** The newest lines, oldest first. */
  tail(count: number): readonly string[];
  /** Reads the whole chain, beside other work. The first place where it is broken. */
  verify(): Promise<BrokenAt | undefined>;
}

/** @property file empty where its end is missing. @property line of the file; 0: not known */
export interface BrokenAt { file: string; line: number; why: string }
