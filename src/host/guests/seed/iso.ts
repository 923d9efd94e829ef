/* A small CD image with a few files in its root: ISO 9660 with Joliet names, which every guest can read and label. Written here because it is 80 lines, and the
 * programs that do it are on few hosts. ECMA-119; numbers stand there in both byte orders. */

const SECTOR = 2048;
const DESCRIPTORS_AT = 16;

export const isoImage = (label: string, files: Readonly<Record<string, string>>): Uint8Array => {
  const names = Object.keys(files).sort(), contents = names.map(name => Buffer.from(files[name] ?? ''));
  // Descriptors, path tables (little and big endian, plain and Joliet), the two root directories, the files.
  const tablesAt = DESCRIPTORS_AT + 3, plainRootAt = tablesAt + 4, jolietRootAt = plainRootAt + 1;
  let next = jolietRootAt + 1;
  const placed = contents.map((content, i) => { const at = next; next += Math.max(1, Math.ceil(content.length / SECTOR)); return { name: names[i] ?? '', at, bytes: content.length }; });
  const image = Buffer.alloc(next * SECTOR);
  const put = (sector: number, part: Buffer): void => { if (part.length > SECTOR && sector < jolietRootAt + 1) throw new Error('too many files for one sector'); part.copy(image, sector * SECTOR); };
  put(DESCRIPTORS_AT, descriptor(1, text(label, 32), next, tablesAt, plainRootAt));
  put(DESCRIPTORS_AT + 1, descriptor(2, wide(label, 32), next, tablesAt + 2, jolietRootAt));
  put(DESCRIPTORS_AT + 2, Buffer.concat([Buffer.of(255), Buffer.from('CD001'), Buffer.of(1)]));
  for (const [i, root] of [plainRootAt, plainRootAt, jolietRootAt, jolietRootAt].entries()) put(tablesAt + i, pathTable(root, i % 2 === 1));
  put(plainRootAt, directory(plainRootAt, placed.map((file, i) => ({ ...file, id: Buffer.from(`FILE${String(i).padStart(3, '0')}.;1`) }))));
  put(jolietRootAt, directory(jolietRootAt, placed.map(file => ({ ...file, id: wide(`${file.name};1`) }))));
  for (const [i, content] of contents.entries()) put(placed[i]?.at ?? 0, content);
  return image;
};

interface Entry { id: Buffer; at: number; bytes: number }

const descriptor = (type: 1 | 2, volume: Buffer, sectors: number, tablesAt: number, rootAt: number): Buffer => {
  const part = Buffer.alloc(SECTOR), blank = type === 1 ? (length: number) => text('', length) : (length: number) => wide('', length);
  part.writeUInt8(type, 0);
  part.write('CD001', 1);
  part.writeUInt8(1, 6);
  blank(32).copy(part, 8);
  volume.copy(part, 40);
  both32(sectors).copy(part, 80);
  if (type === 2) part.write('%/E', 88); // Joliet, level 3
  both16(1).copy(part, 120);
  both16(1).copy(part, 124);
  both16(SECTOR).copy(part, 128);
  both32(PATH_TABLE_BYTES).copy(part, 132);
  part.writeUInt32LE(tablesAt, 140);
  part.writeUInt32BE(tablesAt + 1, 148);
  record({ id: Buffer.of(0), at: rootAt, bytes: SECTOR }, true).copy(part, 156);
  for (const [at, length] of [[190, 128], [318, 128], [446, 128], [574, 128], [702, 37], [739, 37], [776, 37]] as const) blank(length).copy(part, at);
  for (const at of [813, 830, 847, 864]) part.write('0'.repeat(16), at); // dates: not given
  part.writeUInt8(1, 881);
  return part;
};

const PATH_TABLE_BYTES = 10;
const pathTable = (rootAt: number, bigEndian: boolean): Buffer => {
  const table = Buffer.alloc(PATH_TABLE_BYTES);
  table.writeUInt8(1, 0);
  if (bigEndian) { table.writeUInt32BE(rootAt, 2); table.writeUInt16BE(1, 6); } else { table.writeUInt32LE(rootAt, 2); table.writeUInt16LE(1, 6); }
  return table;
};

const directory = (at: number, entries: readonly Entry[]): Buffer => {
  const own = [Buffer.of(0), Buffer.of(1)].map(id => record({ id, at, bytes: SECTOR }, true)); // `.` and `..`
  return Buffer.concat([...own, ...entries.map(entry => record(entry, false))]);
};

const record = ({ id, at, bytes }: Entry, isDirectory: boolean): Buffer => {
  const length = 33 + id.length, part = Buffer.alloc(length + length % 2);
  part.writeUInt8(part.length, 0);
  both32(at).copy(part, 2);
  both32(bytes).copy(part, 10);
  Buffer.of(70, 1, 1, 0, 0, 0, 0).copy(part, 18); // 1970
  part.writeUInt8(isDirectory ? 2 : 0, 25);
  both16(1).copy(part, 28);
  part.writeUInt8(id.length, 32);
  id.copy(part, 33);
  return part;
};

const text = (value: string, length: number): Buffer => Buffer.from(value.padEnd(length).slice(0, length), 'latin1');
/** UCS-2, the high byte first. */
const wide = (value: string, length = value.length * 2): Buffer => {
  const part = Buffer.alloc(length);
  const padded = value.padEnd(Math.floor(length / 2));
  for (let i = 0; i < Math.floor(length / 2); i++) part.writeUInt16BE(padded.charCodeAt(i), i * 2);
  return part;
};
const both16 = (value: number): Buffer => { const part = Buffer.alloc(4); part.writeUInt16LE(value, 0); part.writeUInt16BE(value, 2); return part; };
const both32 = (value: number): Buffer => { const part = Buffer.alloc(8); part.writeUInt32LE(value, 0); part.writeUInt32BE(value, 4); return part; };
