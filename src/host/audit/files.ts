import { createReadStream, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/* The log's files: each is named by the number of its first line, so that their names sort as they follow each other. */

export interface LogFile { path: string; first: number; bytes: number }

export const nameOf = (first: number): string => `${String(first).padStart(12, '0')}.log`;

/** Oldest first. */
export const filesOf = (directory: string): LogFile[] => readdirSync(directory).filter(name => /^\d{12}\.log$/.test(name)).sort()
  .map(name => ({ path: path.join(directory, name), first: Number(name.slice(0, 12)), bytes: statSync(path.join(directory, name)).size }));

/** The lines of a file without their ends, up to `bytes`; what follows the last end is a line too. */
export async function* linesOf(file: string, bytes: number): AsyncGenerator<Buffer> {
  if (bytes === 0) return;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { end: bytes - 1 }) as AsyncIterable<Buffer>) {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = all.indexOf(10, from); end >= 0; end = all.indexOf(10, from)) { yield all.subarray(from, end); from = end + 1; }
    rest = all.subarray(from);
  }
  if (rest.length > 0) yield rest;
}

/** The same of what is in memory. */
export const split = (bytes: Buffer): Buffer[] => {
  const lines: Buffer[] = [];
  let from = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) { lines.push(bytes.subarray(from, end)); from = end + 1; }
  if (from < bytes.length) lines.push(bytes.subarray(from));
  return lines;
};
