import { outputOf } from '../platform/run-program';
import { StorageError } from './contract';
import type { CopyImage } from './contract';

/* Copies between images wherever they are. qemu-img does the work: it skips what is empty. */

const COPY_TIMEOUT_MS = 24 * 60 * 60_000;

export const copyImage: CopyImage = async (from, to, { signal }) => {
  if (from.source.by !== 'file' || to.source.by !== 'file') throw new StorageError('unsupported', 'only files are copied');
  await outputOf('qemu-img', ['convert', '-n', '-f', from.format, '-O', to.format, from.source.path, to.source.path], { timeoutMs: COPY_TIMEOUT_MS, signal });
};
