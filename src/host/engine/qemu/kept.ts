import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { chmod, chown, constants, copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readTail, syncDirectory, UNFINISHED, writeFileAtomic } from '../../platform/durable-files';
import { isUuid } from '../../platform/ids';
import type { Log } from '../../platform/log';
import type { Identity } from '../../platform/run-program';
import { FILES } from './command-line';
import type { Firmware } from './firmware';
import type { MachineDirectory } from './run-directory';
import { SAVED_RING_FILE } from './serial-port';

/* <kept directory>/<uuid>/: what a machine keeps between its runs. The folder is the service's; only what QEMU and swtpm must write in it is theirs. */

/** Of the serial line's last words. */
export const CONSOLE_LOG_MAX_BYTES = 1024 * 1024;
const VARIABLES_MAX_BYTES = 64 * 1024 * 1024;
/** Variables with enrolled keys and without are never mixed: with the wrong ones secure boot would refuse nothing. */
const VARIABLES = { plain: 'uefi-variables', secure: 'uefi-variables-secure' } as const;
/** An unprivileged QEMU passes through to its own variables, and can list nothing. */
const PASSABLE = 0o711;
const TPM = 'tpm', CONSOLE = 'console.log', CONSOLE_BEFORE = 'console.old';

export class KeptDirectory {
  readonly path: string;
  readonly #log: Log;

  constructor(path: string, log: Log) {
    if (mkdirSync(path, { recursive: true }) !== undefined) chmodSync(path, PASSABLE);
    this.path = path;
    this.#log = log;
  }

  machines(): string[] { return readdirSync(this.path).filter(isUuid); }

  /** Where this machine's UEFI variables are. */
  variablesPath(uuid: string, secureBoot: boolean): string { return join(this.path, uuid, secureBoot ? VARIABLES.secure : VARIABLES.plain); }
  /** There they are now; made from the firmware's when it had none. */
  async needVariables(uuid: string, firmware: Firmware, secureBoot: boolean): Promise<void> {
    await this.#make(uuid);
    const path = this.variablesPath(uuid, secureBoot);
    if (!existsSync(path)) await copyWhole(firmware.variables.path, path);
  }
  /** The folder of its TPM's state, for the user that swtpm runs as. */
  async tpm(uuid: string, runAs: Identity | undefined): Promise<string> {
    const path = this.tpmPath(uuid);
    await this.#make(uuid);
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (runAs) {
      for (const name of await readdir(path)) await give(join(path, name), runAs);
      await chown(path, runAs.uid, runAs.gid);
    }
    return path;
  }
  hasTpm(uuid: string): boolean { return existsSync(this.tpmPath(uuid)); }
  tpmPath(uuid: string): string { return join(this.path, uuid, TPM); }

  /** A clone's variables; what it had before goes. Nothing is made when there is nothing. */
  async copy(from: string, to: string): Promise<void> {
    for (const file of Object.values(VARIABLES)) {
      const source = join(this.path, from, file), path = join(this.path, to, file);
      if (existsSync(source)) { await this.#make(to); await copyWhole(source, path); } else await rm(path, { force: true });
    }
  }
  async forget(uuid: string, part: 'all' | 'tpm'): Promise<void> {
    if (!isUuid(uuid)) throw new Error(`not a uuid: ${uuid}`);
    const gone = part === 'tpm' ? this.tpmPath(uuid) : join(this.path, uuid);
    await rm(gone, { recursive: true, force: true, maxRetries: 5 }); // its console log may just be written
  }

  /** Its run directory is about to go: what the serial line said stays. */
  keepConsole(uuid: string, directory: MachineDirectory): void {
    try {
      if (!existsSync(directory.file(FILES.serialLog))) return;
      const folder = join(this.path, uuid), path = join(folder, CONSOLE);
      if (mkdirSync(folder, { recursive: true }) !== undefined) chmodSync(folder, PASSABLE);
      moveOrDrop(directory.file(SAVED_RING_FILE), join(folder, CONSOLE_BEFORE));
      renameSync(directory.file(FILES.serialLog), path);
      void this.#trim(uuid);
    } catch (error) { this.#log.warn('the console log is not kept', { uuid, why: (error as Error).message }); }
  }
  async console(uuid: string, maxBytes: number): Promise<Buffer> {
    if (!isUuid(uuid)) return Buffer.alloc(0);
    const log = await readTail(join(this.path, uuid, CONSOLE), maxBytes);
    if (log.length >= maxBytes) return log;
    return Buffer.concat([await readTail(join(this.path, uuid, CONSOLE_BEFORE), maxBytes - log.length), log]);
  }

  /** One file of the service's own, no larger than need be. */
  async #trim(uuid: string): Promise<void> {
    try {
      const said = await this.console(uuid, CONSOLE_LOG_MAX_BYTES), folder = join(this.path, uuid);
      if (!existsSync(folder)) return; // forgotten meanwhile
      await writeFileAtomic(join(folder, CONSOLE), said, { durable: false });
      await rm(join(folder, CONSOLE_BEFORE), { force: true });
    } catch (error) { if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#log.warn('the console log is not trimmed', { uuid, why: (error as Error).message }); }
  }

  async #make(uuid: string): Promise<string> {
    if (!isUuid(uuid)) throw new Error(`not a uuid: ${uuid}`);
    const folder = join(this.path, uuid);
    if (await mkdir(folder, { recursive: true }) !== undefined) await chmod(folder, PASSABLE); // whatever the umask says
    return folder;
  }
}

/** There wholly or not at all; the copy is the service's until grantAccess gives it away. */
const copyWhole = async (from: string, to: string): Promise<void> => {
  const unfinished = `${to}${UNFINISHED}`;
  try {
    await copyFile(from, unfinished, constants.COPYFILE_FICLONE);
    const file = await open(unfinished, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const facts = await file.stat();
      if (!facts.isFile() || facts.size > VARIABLES_MAX_BYTES) throw new Error(`${from} is no image of UEFI variables`);
      await file.chmod(0o600);
      await file.chown(process.getuid?.() ?? facts.uid, process.getgid?.() ?? facts.gid);
      await file.sync();
    } finally { await file.close(); }
    await rename(unfinished, to);
  } catch (error) { await rm(unfinished, { force: true }); throw error; }
  await syncDirectory(join(to, '..'));
};

/** Follows no symbolic link. */
const give = async (path: string, { uid, gid }: Identity): Promise<void> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try { await file.chown(uid, gid); } finally { await file.close(); }
};

const moveOrDrop = (from: string, to: string): void => {
  try { renameSync(from, to); } catch (error) { if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; }
};
