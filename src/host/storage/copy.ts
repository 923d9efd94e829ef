import { ProgramError, outputOf } from '../platform/run-program';
import { StorageError } from './contract';
import type { CopyImage } from './contract';
import { Hidden } from './hidden';

/* Copies between images wherever they are. qemu-img does the work: it skips what is empty, and flushes at the end. */

const COPY_TIMEOUT_MS = 24 * 60 * 60_000;

export const copyImage: CopyImage = async (from, to, { signal, progress }) => {
  const hidden = new Hidden(), source = hidden.open(from), target = hidden.open(to);
  let rest = '';
  const onOutput = (text: string): void => {
    rest = (rest + text).slice(-PROGRESS_LINE_MAX);
    const percent = /.*\(\s*(\d+(?:\.\d+)?)\/100%\)/s.exec(rest)?.[1]; // the last one
    if (percent !== undefined) progress?.(Number(percent) / 100);
  };
  try {
    // -n: the target is there; it is never made, so that a path that is wrong or gone stays an error.
    await outputOf('qemu-img', ['convert', '-p', '-n', '-t', 'writeback', ...hidden.objects, '-O', to.format, source, target], { timeoutMs: COPY_TIMEOUT_MS, signal, hidden: hidden.secrets, onOutput });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ProgramError ? trouble(error) : error;
  }
  progress?.(1);
};
const PROGRESS_LINE_MAX = 256;

const trouble = (error: ProgramError): StorageError => {
  const said = error.message;
  if (error.kind === 'missing') return new StorageError('unsupported', said);
  if (/No space left on device|Disk quota exceeded/.test(said)) return new StorageError('no-space', said);
  if (/Failed to get .*lock/.test(said)) return new StorageError('in-use', said);
  return new StorageError(/No such file or directory/.test(said) ? 'not-found' : 'io', said);
};
