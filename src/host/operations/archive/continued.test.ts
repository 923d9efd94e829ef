import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { continued } from './continued';

const whole = Buffer.from('0123456789abcdefghij'), sha = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
let open = 0;
async function* made(): AsyncGenerator<Buffer> { open++; try { for (let at = 0; at < whole.length; at += 7) { await Promise.resolve(); yield whole.subarray(at, at + 7); } } finally { open--; } }
const all = async (bytes: AsyncIterable<Buffer>): Promise<Buffer> => { const parts: Buffer[] = []; for await (const part of bytes) parts.push(part); return Buffer.concat(parts); };

describe('an archive that broke off', () => {
  it('goes on wherever it broke off, when what is there is its beginning', async () => {
    for (let at = 0; at <= whole.length; at++) {
      const { bytes, fromByte } = await continued(made, { bytes: at, sha256: sha(whole.subarray(0, at)) });
      expect([fromByte, (await all(bytes)).toString(), open]).toEqual([at, whole.subarray(at).toString(), 0]);
    }
  });
  it('begins anew when it is not, or is longer than all', async () => {
    for (const part of [{ bytes: 5, sha256: sha(Buffer.from('01x34')) }, { bytes: 21, sha256: sha(whole) }, { bytes: 3, sha256: '' }, undefined]) {
      const { bytes, fromByte } = await continued(made, part);
      expect([fromByte, (await all(bytes)).equals(whole), open]).toEqual([0, true, 0]);
    }
  });
});
