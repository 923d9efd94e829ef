import { createHash } from 'node:crypto';
import { closeSync, fdatasync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { AuditChain, CHAIN_START, TORN, type AuditLine } from '../../shared/lib/audit-chain';
import type { Disposable } from '../../shared/lib/emitter';
import type { AuditEntry, AuditLog, BrokenAt } from './contract';
import { filesOf, linesOf, nameOf, split } from './files';

/* The audit log on the disk. A line is handed to the kernel before the call is answered: the service may be killed at any moment. It is flushed to the disk at most once a second, beside the work,
 * so that no call waits for it: a power cut may take the last second. What a crash cut short stays there and is closed; nothing is ever changed. */

export const FILE_MAX_BYTES = 8 * 1024 * 1024;
export const FILES_MAX = 64;
const FLUSH_EVERY_MS = 1_000;
const COMPLAIN_EVERY_MS = 60_000;
const TAIL_BYTES = 4 * 1024 * 1024;

export interface AuditOptions {
  directory: string;
  now: () => number;
  log: { error(what: string, facts?: Readonly<Record<string, unknown>>): void };
  /** Where the chain was when it was last flushed, kept apart from it: an end that is cut off is missed. */
  anchor: { read(): string | undefined; write(text: string): void };
  fileMaxBytes?: number;
  filesMax?: number;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const newChain = (): AuditChain => new AuditChain(sha256, line => Buffer.from(line).toString('utf8'));

export const openAuditLog = ({ directory, now, log, anchor, fileMaxBytes = FILE_MAX_BYTES, filesMax = FILES_MAX }: AuditOptions): AuditLog & Disposable => {
  const found = lastState(directory), missing = missedEnd(directory, anchor.read(), found);
  let { seq, hash, whole, file, bytes, isTorn } = found, fd = openSync(file, 'a', 0o600), missed = 0, complained = -Infinity;
  let flushing = false, dirty = false, disposed = false;

  const flushed = (): void => { anchor.write(`${seq} ${hash}`); };
  const flush = (): void => {
    if (!dirty || flushing || disposed) return;
    flushing = true;
    dirty = false;
    const of = fd, at = `${seq} ${hash}`;
    fdatasync(of, error => {
      flushing = false;
      if (disposed) return;
      if (error && of === fd) { dirty = true; complain(error); } else if (!error) anchor.write(at);
    });
  };
  const timer = setInterval(flush, FLUSH_EVERY_MS);
  timer.unref();

  const complain = (error: unknown): void => {
    if (performance.now() - complained < COMPLAIN_EVERY_MS) return;
    complained = performance.now();
    log.error('the audit log cannot be written', { why: String(error), missed });
  };

  const line = (fields: Readonly<Record<string, unknown>>): void => {
    const text = Buffer.from(JSON.stringify({ seq: seq + 1, time: new Date(now()).toISOString(), ...fields, prev: hash })), all = Buffer.concat([text, Buffer.from('\n')]);
    let done = 0;
    try { while (done < all.length) done += writeSync(fd, all, done); } finally {
      bytes += done;
      dirty ||= done > 0;
      isTorn ||= done > 0 && done < all.length;
      if (done > 0) hash = sha256(text.subarray(0, done));
      if (done >= text.length) { seq++; whole = hash; } // it may lack its end, and is whole
    }
  };
  /** An end for what was cut short, and the line that says so. */
  const close = (): void => {
    if (!isTorn) return;
    bytes += writeSync(fd, '\n');
    isTorn = false;
    line({ call: TORN, phase: 'done', why: 'the line before was cut short: by a crash, a power cut or a full disk', after: whole });
  };
  const rotate = (): void => {
    if (bytes < fileMaxBytes) return;
    const next = path.join(directory, nameOf(seq + 1)), opened = openSync(next, 'ax', 0o600);
    fdatasyncSync(fd);
    closeSync(fd);
    [fd, file, bytes] = [opened, next, 0];
    const files = filesOf(directory), old = files.slice(0, Math.max(0, files.length - filesMax)), upTo = files[old.length]?.first;
    for (const one of old) rmSync(one.path);
    if (old.length > 0 && upTo !== undefined) line({ call: 'audit.dropped', phase: 'done', why: `the log has its full size: lines ${old[0]?.first ?? 0} to ${upTo - 1} are gone` });
  };
  const write = (entry: AuditEntry): void => {
    if (disposed) return;
    try {
      close();
      rotate();
      line({ ...entry, ...(missed > 0 ? { missed } : {}) });
      missed = 0;
    } catch (error) { missed++; complain(error); }
  };

  try { close(); } catch (error) { complain(error); }
  return {
    write,
    read: sinceMs => read(directory, sinceMs),
    tail: count => tail(directory, count),
    verify: async () => missing ?? await verify(directory),
    dispose: () => {
      if (disposed) return;
      disposed = true;
      clearInterval(timer);
      try { fdatasyncSync(fd); flushed(); } catch (error) { complain(error); }
      closeSync(fd);
    },
  };
};

interface LastState { file: string; bytes: number; seq: number; hash: string; whole: string; isTorn: boolean }
/** Where the log ends: read from the last file on that has a whole line. A file that a crash left empty is gone on with. */
const lastState = (directory: string): LastState => {
  const files = filesOf(directory), last = files.at(-1);
  if (!last) return { file: path.join(directory, nameOf(1)), bytes: 0, seq: 0, hash: CHAIN_START, whole: CHAIN_START, isTorn: false };
  const contents = files.map(() => Buffer.alloc(0));
  for (let from = files.length - 1; from >= 0; from--) {
    contents[from] = readFileSync(files[from]?.path ?? '');
    const chain = newChain();
    for (const content of contents.slice(from)) for (const text of split(content)) chain.push(text);
    const { seq, hash, whole, isTorn, first } = chain.state;
    if (first !== undefined || from === 0) return { file: last.path, bytes: last.bytes, seq, hash, whole, isTorn: isTorn || contents.slice(from).findLast(content => content.length > 0)?.at(-1) !== 10 && chain.state.lines > 0 };
  }
  throw new Error('the audit log cannot be read');
};

/** The anchor's line must be there as it was. */
const missedEnd = (directory: string, anchor: string | undefined, { seq }: LastState): BrokenAt | undefined => {
  const [, number = '', hash = ''] = /^(\d+) ([0-9a-f]{64})$/.exec(anchor ?? '') ?? [], at = Number(number);
  if (hash === '' || at === 0) return undefined;
  if (at > seq) return { file: '', line: 0, why: `the log ends with line ${seq}, but line ${at} was written: its end was cut off` };
  const file = filesOf(directory).findLast(one => one.first <= at);
  if (!file) return undefined; // dropped since
  const isThere = split(readFileSync(file.path)).some(text => text.length > 0 && sha256(text) === hash);
  return isThere ? undefined : { file: path.basename(file.path), line: 0, why: `line ${at} is not what it was` };
};

const verify = async (directory: string): Promise<BrokenAt | undefined> => {
  const chain = newChain();
  for (const { path: file, bytes } of filesOf(directory)) {
    const before = chain.state.lines;
    for await (const text of linesOf(file, bytes)) {
      const broken = chain.push(text);
      if (broken) return { file: path.basename(file), line: broken.line - before, why: broken.why };
    }
  }
  return undefined;
};

async function* read(directory: string, sinceMs: number | undefined): AsyncGenerator<Buffer> {
  let wanted = sinceMs === undefined;
  for (const { path: file, bytes } of filesOf(directory)) {
    for await (const text of linesOf(file, bytes)) {
      wanted ||= timeOf(text) >= (sinceMs ?? 0);
      if (wanted) yield Buffer.concat([text, Buffer.from('\n')]);
    }
  }
}
const timeOf = (text: Buffer): number => { try { return Date.parse((JSON.parse(text.toString('utf8')) as AuditLine).time); } catch { return NaN; } };

const tail = (directory: string, count: number): string[] => {
  const lines: string[] = [];
  let read = 0;
  for (const { path: file, bytes } of filesOf(directory).reverse()) {
    if (lines.length >= count || read > TAIL_BYTES) break;
    read += bytes;
    lines.unshift(...split(readFileSync(file)).slice(lines.length - count).map(text => text.toString('utf8')));
  }
  return lines.slice(-count);
};
