/* A file of this computer on its way to a host: read from any byte on, as often as it takes. An OVF descriptor goes with the files that it names, packed as the OVA
 * that it could have been: the host is never told to look for anything elsewhere. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import { ApiError } from '../shared/api';
import { isFileBeside } from '../shared/lib/file-beside';
import { TAR_BLOCK_BYTES, TAR_NAME_MAX_BYTES, tarHeaderBytes, tarPaddingBytes } from '../shared/lib/tar-header';
import { FileUnreadable } from './upload';

export interface SourceFile {
  sizeBytes: number;
  /** Ends with an error where the file is not what it was any more. */
  read: (fromByte?: number) => Readable;
}

const CHUNK_BYTES = 1024 * 1024, OVF_MAX_BYTES = 8 * 1024 * 1024, FILES_MAX = 1000;

/** @param file a single disk, or any other file as it is. Rejects with FileUnreadable. */
export const openFile = async (file: string): Promise<SourceFile> => {
  const sizeBytes = await sizeOf(file);
  return { sizeBytes, read: (fromByte = 0) => createReadStream(file, { start: fromByte, highWaterMark: CHUNK_BYTES }) };
};

/** @param file a whole VM: an archive, or an `.ovf` beside its files. Rejects with FileUnreadable, or with the error that a host would have for such an OVA. */
export const openArchive = async (file: string): Promise<SourceFile> => (path.extname(file).toLowerCase() === '.ovf' ? packed(file) : openFile(file));

type Part = { sizeBytes: number } & ({ bytes: Buffer } | { file: string });

const packed = async (file: string): Promise<SourceFile> => {
  if (Buffer.byteLength(path.basename(file)) > TAR_NAME_MAX_BYTES) throw new ApiError('IMPORT_ERROR', `the name of ${path.basename(file)} is too long`);
  if (await sizeOf(file) > OVF_MAX_BYTES) throw new ApiError('IMPORT_ERROR', `${path.basename(file)} is too large to be an OVF descriptor`);
  const folder = path.dirname(file), names = [path.basename(file)], manifest = `${path.basename(file, path.extname(file))}.mf`;
  if (await sizeOf(path.join(folder, manifest)).catch(() => undefined) !== undefined) names.push(manifest);
  for (const name of namedIn(await readFile(file, 'utf8'))) if (!names.includes(name)) names.push(name);
  const parts: Part[] = [];
  for (const name of names) {
    const sizeBytes = await sizeOf(path.join(folder, name)).catch(() => { throw new ApiError('IMPORT_ERROR', `${name}, which ${names[0] ?? ''} names, is not beside it`); });
    parts.push(fixed(Buffer.from(tarHeaderBytes(Buffer.from(name), sizeBytes))), { sizeBytes, file: path.join(folder, name) }, fixed(Buffer.alloc(tarPaddingBytes(sizeBytes))));
  }
  parts.push(fixed(Buffer.alloc(2 * TAR_BLOCK_BYTES)));
  return { sizeBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), read: (fromByte = 0) => Readable.from(joined(parts, fromByte), { objectMode: false, highWaterMark: CHUNK_BYTES }) };
};
const fixed = (bytes: Buffer): Part => ({ sizeBytes: bytes.length, bytes });

async function* joined(parts: readonly Part[], fromByte: number): AsyncGenerator<Buffer> {
  let at = 0;
  for (const part of parts) {
    const skip = Math.max(0, fromByte - at);
    at += part.sizeBytes;
    if (skip >= part.sizeBytes) continue;
    if ('bytes' in part) { yield part.bytes.subarray(skip); continue; }
    let left = part.sizeBytes - skip;
    // No more than there was: what follows would not be where it is looked for.
    for await (const chunk of createReadStream(part.file, { start: skip, end: part.sizeBytes - 1, highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) { left -= chunk.length; yield chunk; }
    if (left > 0) throw new FileUnreadable('changed');
  }
}

/** The files that a descriptor lists, in its order: where each lies is not for it to say. */
const namedIn = (xml: string): readonly string[] => {
  const names: string[] = [], parser = new SaxesParser();
  const refuse = (why: string): never => { throw new ApiError('IMPORT_ERROR', `the OVF ${why}`); };
  parser.on('error', error => { refuse(`cannot be read: ${error.message.slice(0, 200)}`); });
  parser.on('doctype', () => { refuse('declares a document type, which is not taken'); });
  parser.on('opentag', ({ name, attributes }) => {
    if (name.replace(/^.*:/, '') !== 'File') return;
    const href = Object.entries(attributes).find(([key]) => key.replace(/^.*:/, '') === 'href')?.[1] ?? '';
    if (!isFileBeside(href) || Buffer.byteLength(href) > TAR_NAME_MAX_BYTES) refuse(`names ${JSON.stringify(href.slice(0, 200))}, which is no file beside it`);
    if (names.push(href) > FILES_MAX) refuse('names too many files');
  });
  parser.write(xml.replace(/^\ufeff/, '')).close();
  return names;
};

const sizeOf = async (file: string): Promise<number> => {
  try {
    const facts = await stat(file);
    if (facts.isFile()) return facts.size;
  } catch (error) { throw new FileUnreadable((error as NodeJS.ErrnoException).code ?? String(error)); }
  throw new FileUnreadable('not-a-file');
};
