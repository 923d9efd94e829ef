import { createHash, randomUUID } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const newUuid = (): string => randomUUID();
export const isUuid = (text: string): boolean => UUID.test(text);

/** The same uuid for the same words, always: for things that carry none of their own. (Version 8: made our way, from SHA-256.) */
export const uuidOf = (...words: readonly string[]): string => {
  const hash = createHash('sha256').update(JSON.stringify(words)).digest().subarray(0, 16);
  hash[6] = 0x80 | (hash[6]! & 0x0f);
  hash[8] = 0x80 | (hash[8]! & 0x3f);
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};
