import { createHash, randomBytes } from 'node:crypto';

/* crypt(3) with SHA-512 ("$6$"), which every Linux guest takes: Ulrich Drepper's specification, with its test vectors in seeds.test.ts. Node has no crypt(3), and
 * the npm packages for it are older than Node 12. */

const ROUNDS = 5000;
const SALT_MAX_CHARS = 16;
const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export const hashPassword = (password: string, salt = randomSalt(), rounds = ROUNDS): string => {
  const key = Buffer.from(password), salted = Buffer.from(salt.slice(0, SALT_MAX_CHARS));
  const b = sha512(key, salted, key);
  const a = createHash('sha512').update(key).update(salted).update(repeated(b, key.length));
  for (let bits = key.length; bits > 0; bits >>= 1) a.update(bits & 1 ? b : key);
  let c: Buffer = a.digest();
  const p = repeated(sha512(...Array<Buffer>(key.length).fill(key)), key.length);
  const s = repeated(sha512(...Array<Buffer>(16 + (c[0] ?? 0)).fill(salted)), salted.length);
  for (let round = 0; round < rounds; round++) {
    const hash = createHash('sha512').update(round & 1 ? p : c);
    if (round % 3 !== 0) hash.update(s);
    if (round % 7 !== 0) hash.update(p);
    c = hash.update(round & 1 ? c : p).digest();
  }
  return `$6$${rounds === ROUNDS ? '' : `rounds=${rounds}$`}${salted.toString()}$${encode(c)}`;
};

const sha512 = (...parts: readonly Buffer[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha512')).digest();
const repeated = (part: Buffer, length: number): Buffer => Buffer.alloc(length, part);
const randomSalt = (): string => [...randomBytes(SALT_MAX_CHARS)].map(byte => ALPHABET[byte & 63] ?? '').join('');

/** Three bytes become four letters, in the order that the specification gives. */
const encode = (c: Buffer): string => {
  let text = '';
  const letters = (value: number, count: number): void => { for (let i = 0; i < count; i++) text += ALPHABET[(value >> (6 * i)) & 63] ?? ''; };
  let [x, y, z] = [0, 21, 42];
  for (let i = 0; i < 21; i++) {
    letters(((c[x] ?? 0) << 16) | ((c[y] ?? 0) << 8) | (c[z] ?? 0), 4);
    [x, y, z] = [y + 1, z + 1, x + 1];
  }
  letters(c[63] ?? 0, 2);
  return text;
};
