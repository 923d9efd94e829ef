import { isWritten } from '../../platform/disk-space';
import { runProgram } from '../../platform/run-program';
import type { Entry } from './catalogue';
import type { ImageDirectory } from './directory';
import { IMAGE_TOOL_TIMEOUT_MS } from './images';

/* Looks images over without changing them. One that a machine writes to changes under the eyes of the one who looks, and is left out. */

export const checkImages = async (directory: ImageDirectory, signal: AbortSignal): Promise<readonly { uuid: string; problem: string }[]> => {
  const entries = await directory.inTurn(() => directory.read());
  const problems = directory.unreadable.map(({ file, why }) => ({ uuid: file, problem: why }));
  for (const entry of entries.values()) {
    signal.throwIfAborted();
    const problem = await check(entry, signal);
    if (problem !== '') problems.push({ uuid: entry.uuid, problem });
  }
  return problems;
};

const check = async ({ path, facts: { format } }: Entry, signal: AbortSignal): Promise<string> => {
  if (format === 'raw') return ''; // every byte of it is the guest's
  try { if (await isWritten(path)) return ''; } catch { return ''; } // gone meanwhile
  const { code, stdout, stderr } = await runProgram('qemu-img', ['check', '-U', '-f', format, '--output=json', path], { timeoutMs: IMAGE_TOOL_TIMEOUT_MS, signal });
  if (code === 0 || code === NO_CHECK) return '';
  try {
    const { corruptions = 0, leaks = 0, 'check-errors': errors = 0 } = JSON.parse(stdout) as { corruptions?: number; leaks?: number; 'check-errors'?: number };
    if (corruptions > 0) return `${corruptions} places of the image are damaged`;
    if (errors > 0) return `${errors} places of the image cannot be read`;
    if (leaks > 0) return `${leaks} clusters of the file are used for nothing; no data is hurt`;
  } catch { /* it said something else */ }
  return stderr.trim() || `qemu-img check ended with ${String(code)}`;
};
/** qemu-img: this format has nothing to check. */
const NO_CHECK = 63;
