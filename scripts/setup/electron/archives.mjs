/* The three archive formats that the making of an Electron runtime meets: a file out of a tarball, a zip unpacked, an asar written. */
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

const TAR_BLOCK = 512;

/** One file's bytes out of an unpacked ustar archive. */
export function fileInTar(tar, name) {
  for (let at = 0; at + TAR_BLOCK <= tar.length;) {
    const field = (from, length) => tar.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '');
    const entry = field(0, 100);
    if (entry === '') break;
    const size = parseInt(field(124, 12), 8);
    if (entry === name) return tar.subarray(at + TAR_BLOCK, at + TAR_BLOCK + size);
    at += TAR_BLOCK + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
  }
  throw new Error(`${name} is not in the tarball`);
}

/** Unpacks a zip; `placeOf(name)` says where in `folder` an entry goes, undefined leaves it out. */
export async function unzip(zip, folder, placeOf) {
  const { default: yauzl } = await import('yauzl');
  const archive = await new Promise((resolve, reject) => yauzl.fromBuffer(zip, { lazyEntries: true }, (error, file) => error ? reject(error) : resolve(file)));
  await new Promise((resolve, reject) => {
    archive.on('error', reject).on('end', resolve).on('entry', entry => {
      const place = entry.fileName.endsWith('/') ? undefined : placeOf(entry.fileName);
      if (place === undefined) return archive.readEntry();
      archive.openReadStream(entry, (error, stream) => {
        if (error) return reject(error);
        writeEntry(stream, folder, place, (entry.externalFileAttributes >>> 16) & 0o777).then(() => archive.readEntry(), reject);
      });
    });
    archive.readEntry();
  });
}

async function writeEntry(stream, folder, place, mode) {
  const file = path.join(folder, place);
  if (!file.startsWith(folder + path.sep)) throw new Error(`the zip names a file outside its folder: ${place}`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  await pipeline(stream, fs.createWriteStream(file, { mode: mode || 0o644 }));
}

/** Electron's archive: two Chromium pickles with the header's sizes, the header as JSON, then the files' bytes. */
export function asarOf(folder) {
  const files = {};
  const bodies = [];
  let offset = 0;
  for (const name of fs.readdirSync(folder)) {
    const body = fs.readFileSync(path.join(folder, name));
    files[name] = { size: body.length, offset: String(offset) };
    offset += body.length;
    bodies.push(body);
  }
  const header = Buffer.from(JSON.stringify({ files }));
  const padded = Math.ceil(header.length / 4) * 4;
  const head = Buffer.alloc(16 + padded);
  [4, 8 + padded, 4 + padded, header.length].forEach((number, index) => head.writeUInt32LE(number, index * 4));
  header.copy(head, 16);
  return Buffer.concat([head, ...bodies]);
}
