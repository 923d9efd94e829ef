import { chown, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ByteReader } from '../platform/byte-reader';
import { diskSpace } from '../platform/disk-space';
import { NbdDisk } from '../platform/nbd';
import { outputOf, type Identity } from '../platform/run-program';
import { serveOnce } from '../platform/served-connection';
import { copyDisk } from './copy-disk';
import { TransferError, type DiskReading, type ImageFormat } from './contract';

/* Images that cannot be read as they come (their tables may be anywhere) are written to a file first. It is a stranger's: QEMU reads it as an unprivileged user,
 * and what names another file is refused. */

export interface SpoolPlace { folder: string; runAs?: Identity }
type Spooled = Exclude<ImageFormat, 'raw' | 'vhd'>;

const PIECE_BYTES = 1024 * 1024, FREE_MIN_BYTES = 64 * 1024 * 1024;
/** Of VMware's kinds, those that are one file. */
const VMDK_KINDS = ['monolithicSparse', 'streamOptimized'];

export const readSpooled = async (bytes: AsyncIterable<Buffer>, format: Spooled, announcedBytes: number, { folder, runAs }: SpoolPlace, signal: AbortSignal): Promise<DiskReading> => {
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const { freeBytes } = await diskSpace(folder);
  if (Number.isFinite(announcedBytes) && announcedBytes + FREE_MIN_BYTES > freeBytes) throw new TransferError('too-large', `the host has no room to unpack ${announcedBytes} bytes`);
  const own = await mkdtemp(join(folder, 'image-')), path = join(own, 'image'), release = async (): Promise<void> => { await rm(own, { recursive: true, force: true }); };
  try {
    await receive(bytes, path, freeBytes - FREE_MIN_BYTES, signal);
    if (runAs) { await chown(own, runAs.uid, runAs.gid); await chown(path, runAs.uid, runAs.gid); }
    const sizeBytes = await inspect(path, format, runAs, signal);
    return {
      sizeBytes, isDifferencing: false, release,
      fill: async (disk, options) => {
        const server = await serveOnce('qemu-nbd', ['--read-only', `json:${JSON.stringify({ driver: format, file: { driver: 'file', filename: path } })}`], [], runAs), { socket, ended } = server;
        const from = await NbdDisk.open(server).catch(async (error: unknown) => { socket.destroy(); throw new TransferError('malformed', (await ended).said || String(error)); });
        try { await copyDisk(from, disk, options); } finally { await from.close(); await ended; }
      },
    };
  } catch (error) { await release(); throw error; }
};

const receive = async (bytes: AsyncIterable<Buffer>, path: string, maxBytes: number, signal: AbortSignal): Promise<void> => {
  const reader = new ByteReader(bytes), file = await open(path, 'wx', 0o600);
  try {
    for (let piece = await reader.some(PIECE_BYTES); piece !== undefined; piece = await reader.some(PIECE_BYTES)) {
      signal.throwIfAborted();
      if (reader.taken > maxBytes) throw new TransferError('too-large', 'the host has no room to unpack it');
      await file.writeFile(piece);
    }
  } finally { await file.close(); await reader.release(); }
};

interface ImageInfo { 'virtual-size'?: number; 'backing-filename'?: string; 'full-backing-filename'?: string; encrypted?: boolean; 'format-specific'?: { data?: { 'data-file'?: string; 'create-type'?: string; extents?: readonly { filename?: string }[] } } }

const inspect = async (path: string, format: Spooled, runAs: Identity | undefined, signal: AbortSignal): Promise<number> => {
  let info: ImageInfo;
  try { info = JSON.parse(await outputOf('qemu-img', ['info', '--output=json', '-f', format, path], { signal, ...(runAs ? { runAs } : {}) })) as ImageInfo; } catch (error) {
    signal.throwIfAborted();
    throw new TransferError('malformed', `not a usable ${format} image: ${error instanceof Error ? error.message.replaceAll(path, 'it') : ''}`);
  }
  const { 'virtual-size': sizeBytes = 0, 'format-specific': { data = {} } = {} } = info;
  const isAlone = info['backing-filename'] === undefined && data['data-file'] === undefined && (data.extents ?? []).every(({ filename }) => filename === path) && (format !== 'vmdk' || VMDK_KINDS.includes(data['create-type'] ?? ''));
  if (!isAlone) throw new TransferError('malformed', 'the image is not whole: it names another file');
  if (info.encrypted === true) throw new TransferError('unsupported', 'the image is encrypted');
  return sizeBytes;
};
