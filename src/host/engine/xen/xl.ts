import { ProgramError, runProgram } from '../../platform/run-program';
import { EngineError } from '../contract';

/* `xl`, run to its end, and what it complains of in the engine's words. */

/** For a domain to be made: its hotplug scripts alone may take seconds, on a slow machine minutes. */
export const CREATE_TIMEOUT_MS = 10 * 60_000;
const COMMAND_TIMEOUT_MS = 3 * 60_000;

export interface Xl { (args: readonly string[], options?: { timeoutMs?: number; signal?: AbortSignal | undefined }): Promise<string> }

export const xlOf = (binary = 'xl'): Xl => async (args, { timeoutMs = COMMAND_TIMEOUT_MS, signal } = {}) => {
  try {
    const { code, killedBy, stdout, stderr } = await runProgram(binary, args, { timeoutMs, withChildren: true, ...(signal ? { signal } : {}) });
    // `xl pause` and its like complain, and answer that all is well.
    if (code === 0 && !(SILENT.has(args[0] ?? '') && /^libxl: error: /m.test(stderr))) return stdout;
    throw asEngineError(args[0] ?? '', stderr.trim() || stdout.trim() || `ended by ${killedBy ?? `exit status ${code}`}`);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (error.kind === 'missing') throw new EngineError('missing-program', `${binary} is not installed; on Debian: apt install xen-system-amd64`);
    throw new EngineError(error.kind === 'timeout' ? 'unresponsive' : 'refused', error.message);
  }
};

/** The kind by what is said; the detail is its last complaint without the place in libxl's source. */
export const asEngineError = (command: string, said: string): EngineError => {
  const detail = plain(said);
  if (/invalid domain identifier|No such process|Non-exist[ea]nt domain|unable to get domain type/i.test(said)) return new EngineError('not-running', detail);
  if (/is not installed|command not found/i.test(said)) return new EngineError('missing-program', detail);
  if (command === 'create' || command === 'restore') return new EngineError(/already exists|duplicate|with name .* exists/i.test(said) ? 'already-running' : 'start-failed', detail);
  if (/not (?:implemented|supported)|unsupported/i.test(said)) return new EngineError('unsupported', detail);
  return new EngineError('refused', detail);
};

const SILENT: ReadonlySet<string> = new Set(['pause', 'unpause']);
const WHERE = /^libxl: (?:error|warning|info|notice): \S+\.c:\d+:\w+: /;
/** What was said first is the cause; what follows is what failed by it. Warnings are none. */
const plain = (said: string): string => {
  const lines = said.split('\n').map(line => line.trim()).filter(line => line !== '' && !/^(?:Parsing config|WARNING:|libxl: (?:warning|info|notice):|Saving to|Loading new save file| Savefile|xc: info)/.test(line));
  const complaints = lines.map(line => line.replace(WHERE, '').replace(/^Domain \d+:/, '').replace(/^xc: error: /, 'xc: ')).filter((line, i, all) => all.indexOf(line) === i);
  return complaints.slice(0, COMPLAINTS_MAX).join('; ') || said.trim();
};
const COMPLAINTS_MAX = 3;
