import { createHash } from 'node:crypto';
import createXxhash from 'xxhash-wasm';

/* The checksums that archives of VMs have. */

const hasher = createXxhash();

/** XXH64 with seed 0, as XenServer writes it: 16 upper-case hexadecimal digits. */
export const xxh64 = async (bytes: Buffer): Promise<string> => (await hasher).h64Raw(bytes).toString(16).toUpperCase().padStart(16, '0');

export const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');
