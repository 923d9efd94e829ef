/* The header of a file in a tar (POSIX ustar), for whoever writes archives: a host, and a client that packs an OVF with its disks. */

export const TAR_BLOCK_BYTES = 512;
export const TAR_NAME_MAX_BYTES = 100;
const OCTAL_MAX = 8 ** 11, SIZE_AT = 124, CHECKSUM_AT = 148;

/** How much is missing to whole blocks. */
export const tarPaddingBytes = (sizeBytes: number): number => (TAR_BLOCK_BYTES - sizeBytes % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES;

/** Never older or newer: the same content is the same archive. @param name in UTF-8, 100 bytes at most, else a RangeError */
export const tarHeaderBytes = (name: Uint8Array, sizeBytes: number): Uint8Array<ArrayBuffer> => {
  const head = new Uint8Array(TAR_BLOCK_BYTES);
  if (name.length > TAR_NAME_MAX_BYTES) throw new RangeError(`a name of ${name.length} bytes, more than tar holds`);
  const write = (text: string, at: number): void => { for (let i = 0; i < text.length; i++) head[at + i] = text.charCodeAt(i); };
  head.set(name);
  write('0000644\0' + '0000000\0' + '0000000\0', 100);
  if (sizeBytes < OCTAL_MAX) write(`${octal(sizeBytes, 11)}\0`, SIZE_AT);
  else { head[SIZE_AT] = 0x80; new DataView(head.buffer).setBigUint64(SIZE_AT + 4, BigInt(sizeBytes)); } // base 256
  write('00000000000\0        0', 136);
  write('ustar\0' + '00', 257);
  write(`${octal(head.reduce((sum, byte) => sum + byte, 0), 6)}\0 `, CHECKSUM_AT);
  return head;
};

const octal = (number: number, digits: number): string => number.toString(8).padStart(digits, '0');
