import { constants, closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Disposable } from '../../../shared/lib/emitter';
import { writeFileAtomic, readTail } from '../../platform/durable-files';
import { isUuid } from '../../platform/ids';
import { factsOf } from '../../platform/processes';
import type { ProcessId } from '../../platform/processes';
import type { MachineSpec } from '../contract';
import { FILES } from './command-line';

/* <run directory>/<uuid>/: everything that a running machine has on disk besides its disks. It is there exactly as long as
 * its QEMU is (or until adopt() finds that it is not). */

const MACHINE_FILE = 'machine.json';
const MACHINE_FILE_MAX_BYTES = 1024 * 1024;
const PID_FILE_MAX_BYTES = 32;
const SAID_MAX_BYTES = 4 * 1024;

export class RunDirectory implements Disposable {
  readonly path: string;
  #fd: number | undefined;

  constructor(path: string) {
    mkdirSync(path, { recursive: true, mode: 0o711 }); // an unprivileged QEMU passes through, to its own directory
    this.path = path;
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  }

  machines(): string[] { return readdirSync(this.path).filter(isUuid); }
  of(uuid: string): MachineDirectory {
    if (this.#fd === undefined) throw new Error('the engine is disposed of');
    return new MachineDirectory(join(this.path, uuid), `/proc/self/fd/${this.#fd}/${uuid}`);
  }
  dispose(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined; // the number may be another file's from now on
  }
}

export class MachineDirectory {
  readonly path: string;
  readonly #shortPath: string;
  #claimed = false;

  constructor(path: string, shortPath: string) { this.path = path; this.#shortPath = shortPath; }

  /** Where this process binds or connects: through an open directory, because a UNIX socket's path has 107 bytes at most. */
  address(file: string): string { return `${this.#shortPath}/${file}`; }
  file(name: string): string { return join(this.path, name); }

  /** Empty, whatever a crash left there. */
  create(): void {
    this.claim();
    this.remove();
    mkdirSync(this.path, { mode: 0o700 });
  }
  /** From now on remove() may remove it. */
  claim(): void { this.#claimed = true; }
  remove(): void { if (this.#claimed) rmSync(this.path, { recursive: true, force: true }); }

  /** What runs here, for whoever finds it. No flush: it means nothing after a crash of the whole machine. */
  remember(spec: MachineSpec): Promise<void> {
    return writeFileAtomic(this.file(MACHINE_FILE), JSON.stringify({ version: 1, spec }, undefined, 1), { durable: false });
  }

  /** What remember() wrote, as far as it can still be read; nothing that matters may hang on it: its QEMU can write here. */
  async recall(): Promise<Partial<MachineSpec>> {
    try {
      const { spec } = JSON.parse((await readTail(this.file(MACHINE_FILE), MACHINE_FILE_MAX_BYTES)).toString('utf8')) as { spec?: Partial<MachineSpec> };
      return spec ?? {};
    } catch { return {}; }
  }

  /** The QEMU of this directory, if it is alive. A pid in a file proves nothing; the process must say our uuid. */
  async process(uuid: string): Promise<ProcessId | undefined> {
    const pid = Number((await readTail(this.file(FILES.pid), PID_FILE_MAX_BYTES)).toString('latin1'));
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    const facts = factsOf(pid);
    if (facts === undefined || facts.ended || facts.args[facts.args.indexOf('-uuid') + 1] !== uuid) return undefined;
    return { pid, startTicks: facts.startTicks };
  }

  /** QEMU's last words. */
  async said(): Promise<string> {
    const text = (await readTail(this.file(FILES.said), SAID_MAX_BYTES)).toString('utf8');
    return text.replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z /gm, '').trim();
  }
}
