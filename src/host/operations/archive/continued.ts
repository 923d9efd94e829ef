import { createHash } from 'node:crypto';
import type { Part } from '../contract';

/* Goes on with an archive that broke off. It is made anew, and what its client has already is not sent but compared: only where it is the beginning of what the VM and its disks are now does the
 * rest follow. So nobody has to know whether something was changed in between, and two halves of different states never become one file. */

export interface Continued { bytes: AsyncIterable<Buffer>; /** What is sent begins there. */ fromByte: number }

export const continued = async (make: () => AsyncIterable<Buffer>, part: Part | undefined): Promise<Continued> => {
  if (part === undefined || part.bytes === 0) return { bytes: make(), fromByte: 0 };
  const all = make()[Symbol.asyncIterator](), hash = createHash('sha256');
  let left = part.bytes, rest: Buffer | undefined;
  while (rest === undefined) {
    const next = await all.next();
    if (next.done === true) break;
    const known = next.value.subarray(0, left);
    hash.update(known);
    left -= known.length;
    if (left === 0) rest = next.value.subarray(known.length);
  }
  if (rest !== undefined && hash.digest('hex') === part.sha256) return { bytes: after(rest, all), fromByte: part.bytes };
  await all.return?.();
  return { bytes: make(), fromByte: 0 };
};

async function* after(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (first.length > 0) yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally { await rest.return?.(); }
}
