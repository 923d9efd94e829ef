import { ProgramError, outputOf } from '../../platform/run-program';
import { StorageError } from '../contract';
import { NfsError } from './folder';
import { RpcError } from './rpc';
import type { RpcUser } from './rpc';

/* qemu-img on an NFS server, as the user that the server lets in. */

export interface Place {
  server: string;
  path: string;
  /** As QEMU has it. */
  url: string;
  /** Where a kernel that can would mount it; also what foreign files' uuids are made of, on either road. */
  mountPoint: string;
  user: RpcUser;
  /** Whom the images are given to: the user that machines run as. Undefined: `user` is that one. */
  owner?: RpcUser;
}

const IMAGE_TOOL_TIMEOUT_MS = 60 * 60_000, QUICK_TIMEOUT_MS = 60_000;

export const imageTool = async ({ user }: Place, ...args: string[]): Promise<string> => {
  // libnfs says who it is by the process's user.
  const runAs = process.getuid?.() === 0 && user.uid !== 0 ? { runAs: user } : {};
  try { return await outputOf('qemu-img', args, { timeoutMs: args[0] === 'convert' ? IMAGE_TOOL_TIMEOUT_MS : QUICK_TIMEOUT_MS, ...runAs }); } catch (error) { throw asStorageError(error); }
};

export const asStorageError = (error: unknown): StorageError => {
  if (error instanceof StorageError) return error;
  if (error instanceof NfsError) return new StorageError(error.code === 'ENOSPC' ? 'no-space' : error.code === 'ENOENT' ? 'not-found' : 'io', error.message);
  if (error instanceof RpcError) return new StorageError('io', `NFS: ${error.message}`);
  const said = (error as Error).message;
  if (error instanceof ProgramError && error.kind === 'missing') return new StorageError('unsupported', said);
  return new StorageError(/No space left on device|NOSPC/.test(said) ? 'no-space' : 'io', said.slice(0, 500));
};
