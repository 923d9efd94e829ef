import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';

/* Transfers of whole VMs that go on where they broke off: what a host has to know of what is here, and what it says of what is there. */

const CHUNK_BYTES = 1024 * 1024;

/** Of what has come of a file: the host goes on only if that is the beginning of what it would send now. */
export const digestOf = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
};

/** Takes the answer to the question where an upload goes on. */
export const offsetAnswer = (): { into: Writable; offset: () => number } => {
  const said: Buffer[] = [];
  return {
    into: new Writable({ write: (chunk: Buffer, _encoding, done) => { said.push(chunk); done(); } }),
    offset: () => Number((JSON.parse(Buffer.concat(said).toString('utf8')) as { offset?: unknown }).offset),
  };
};
