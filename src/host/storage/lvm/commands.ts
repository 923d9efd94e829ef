import { ProgramError, outputOf } from '../../platform/run-program';
import { StorageError } from '../contract';

/* LVM's programs: one call, one answer, their complaints as a StorageError. */

/** Filling a new volume with zeros may take as long as the disk does; all else is quick. */
export const ZERO_TIMEOUT_MS = 24 * 60 * 60_000;
const LVM_TIMEOUT_MS = 120_000;
const ENVIRONMENT = { LC_ALL: 'C', LVM_SUPPRESS_FD_WARNINGS: '1' };

export const lvm = async (program: string, ...args: string[]): Promise<string> => {
  try { return await outputOf(program, args, { env: ENVIRONMENT, timeoutMs: LVM_TIMEOUT_MS }); } catch (error) { throw asStorageError(error); }
};
export const zeroOut = async (device: string, fromBytes: number, lengthBytes: number): Promise<void> => {
  try { await outputOf('blkdiscard', ['--zeroout', '--offset', String(fromBytes), '--length', String(lengthBytes), device], { timeoutMs: ZERO_TIMEOUT_MS }); } catch (error) { throw asStorageError(error); }
};

export type Row = Readonly<Record<string, string>>;
/** What pvs, vgs or lvs say, in bytes. */
export const report = async (program: 'pvs' | 'vgs' | 'lvs', fields: readonly string[], ...selection: string[]): Promise<Row[]> => {
  const said = await lvm(program, '--reportformat', 'json', '--units', 'b', '--nosuffix', '-o', fields.join(','), ...selection);
  const { report: [first = {}] = [] } = JSON.parse(said) as { report?: Record<string, Row[]>[] };
  return Object.values(first)[0] ?? [];
};

const asStorageError = (error: unknown): StorageError => {
  if (error instanceof StorageError) return error;
  const said = (error as Error).message.replace(/\s+/g, ' ').trim();
  if (error instanceof ProgramError && error.kind === 'missing') return new StorageError('unsupported', said);
  if (/insufficient free space|No space left|insufficient suitable|free extents/i.test(said)) return new StorageError('no-space', said);
  if (/in use|is used by another device/i.test(said)) return new StorageError('in-use', said);
  return new StorageError('io', said.slice(0, 500));
};
