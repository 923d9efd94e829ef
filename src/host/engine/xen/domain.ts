import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { delay } from '../../platform/clock';
import { readTail, writeFileAtomic } from '../../platform/durable-files';
import type { Log } from '../../platform/log';
import { EngineError } from '../contract';
import type { DiskImage, MachineSpec, MachineState, NicSpec } from '../contract';
import { domainConfig, domainName, nicScript, nicScriptName, typeOf } from './config';
import type { DomainType } from './config';
import { DomainConsole } from './console';
import type { Power } from './power';
import { CREATE_TIMEOUT_MS } from './xl';
import type { Xl } from './xl';
import type { Xenstore } from './xenstore';

/* One machine: its folder, its console, and the domain that it is now (another one after each reset). */

export const FILES = { machine: 'machine.json', config: 'xl.cfg', seed: 'seed.img' } as const;
const MACHINE_FILE_MAX_BYTES = 1024 * 1024, TERMINAL_WAIT_MS = 30_000, LOOK_AGAIN_MS = 100;

export interface Tools { xl: Xl; xenstore: Xenstore; log: Log }
/** What is kept of a machine: enough to make its domain again. `made` is false until its start was over: such a one is of no use to the next service. */
interface Kept { version: 1; spec: MachineSpec; made: boolean; servesFiles: boolean }

export class Domain {
  readonly uuid: string;
  readonly path: string;
  readonly console: DomainConsole;
  readonly gone: Promise<void>;
  readonly #tools: Tools;
  spec: MachineSpec;
  id = -1;
  power: Power = 'launching';
  /** Something ends or makes its domain just now: what is seen of it meanwhile says nothing. */
  busy = 0;
  /** Told to end by us. */
  killed = false;
  announced = false;
  /** It was created with a disk in a file, so that a process serves such disks; later ones need it. */
  servesFiles = false;
  #made = false;
  #onGone: () => void = () => {};

  constructor(spec: MachineSpec, path: string, consoleLog: string, tools: Tools) {
    this.uuid = spec.uuid; this.spec = spec; this.path = path; this.#tools = tools;
    this.console = new DomainConsole(consoleLog, tools.log);
    this.gone = new Promise(resolve => { this.#onGone = resolve; });
  }

  static async found(uuid: string, path: string, consoleLog: string, tools: Tools): Promise<{ domain: Domain; made: boolean } | undefined> {
    try {
      const kept = JSON.parse((await readTail(join(path, FILES.machine), MACHINE_FILE_MAX_BYTES)).toString('utf8')) as Partial<Kept>;
      if (kept.spec?.uuid !== uuid) return undefined;
      const domain = new Domain(kept.spec, path, consoleLog, tools);
      domain.servesFiles = kept.servesFiles === true;
      domain.#made = kept.made === true;
      return { domain, made: domain.#made };
    } catch { return undefined; }
  }

  get name(): string { return domainName(this.spec); }
  get type(): DomainType { return typeOf(this.spec); }
  get state(): MachineState { return this.power === 'running' || this.power === 'paused' ? this.power : 'gone'; }
  needAlive(): void { if (this.state === 'gone') throw new EngineError('not-running', 'the machine does not run'); }

  async keep(change: Partial<MachineSpec> = {}): Promise<void> {
    const { seed: _seed, restoreFrom: _restored, ...spec } = { ...this.spec, ...change };
    this.spec = spec;
    const kept: Kept = { version: 1, spec, made: this.#made, servesFiles: this.servesFiles };
    await writeFileAtomic(join(this.path, FILES.machine), JSON.stringify(kept, undefined, 1), { durable: false });
  }

  /** Makes its folder and its domain, which stands still afterwards; its console is listened to. */
  async make(signal?: AbortSignal): Promise<void> {
    const { seed, restoreFrom } = this.spec, config = domainConfig(this.spec, this.path, seed && join(this.path, FILES.seed));
    await rm(this.path, { recursive: true, force: true });
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    if (seed) await writeFileAtomic(join(this.path, FILES.seed), seed, { durable: false });
    await writeFileAtomic(join(this.path, FILES.config), config, { durable: false });
    for (const nic of this.spec.nics) await this.writeNicScript(nic);
    this.servesFiles = this.type === 'hvm' || seed !== undefined || this.spec.disks.some(({ image }) => image?.source.by === 'file');
    await this.keep();
    if (restoreFrom === undefined) await this.console.fresh();
    await this.#create(restoreFrom, signal);
  }
  /** Answers where it is. */
  async writeNicScript(nic: NicSpec): Promise<string> {
    const path = join(this.path, nicScriptName(nic.device));
    await writeFileAtomic(path, nicScript(nic), { durable: false, mode: 0o700 });
    return path;
  }
  /** Its start is over. */
  async settled(): Promise<void> { this.#made = true; await this.keep(); }

  /** Another domain in the place of the one that is gone, with the devices that it had at last. */
  async makeAgain(): Promise<void> {
    const seedPath = join(this.path, FILES.seed), hasSeed = (await readTail(seedPath, 1)).length > 0;
    await writeFileAtomic(join(this.path, FILES.config), domainConfig(this.spec, this.path, hasSeed ? seedPath : undefined), { durable: false });
    await this.#create(undefined, undefined);
  }

  async #create(restoreFrom: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const config = join(this.path, FILES.config), how = { timeoutMs: CREATE_TIMEOUT_MS, signal };
    if (restoreFrom === undefined) await this.#tools.xl(['create', '-q', '-e', '-p', config], how); else await this.#tools.xl(['restore', '-e', '-p', config, restoreFrom], how);
    this.id = Number((await this.#tools.xl(['domid', this.name])).trim());
    await this.listen();
  }

  /** xenconsoled (for HVM the device model) makes the terminal a moment after the domain. */
  async listen(): Promise<void> {
    const path = `/local/domain/${this.id}/${this.type === 'hvm' ? 'serial/0' : 'console'}/tty`, limit = AbortSignal.timeout(TERMINAL_WAIT_MS);
    for (;;) {
      const terminal = await this.#tools.xenstore.read(path);
      if (terminal !== undefined && terminal !== '') { this.console.connect(terminal); return; }
      if (limit.aborted) throw new EngineError('start-failed', 'Xen made no console for the machine; is xenconsoled running?');
      await delay(LOOK_AGAIN_MS);
    }
  }

  withDisk(userdevice: string, image: DiskImage | undefined): MachineSpec['disks'] {
    return this.spec.disks.map(disk => { const { image: _, ...rest } = disk; return disk.userdevice === userdevice ? { ...rest, ...(image ? { image } : {}) } : disk; });
  }

  /** Nothing of it is left but its console's log. */
  async end(): Promise<void> {
    this.power = 'gone';
    await this.console.close();
    await rm(this.path, { recursive: true, force: true });
    this.#onGone();
  }
  /** The service lets go of it; it runs on. */
  release(): void { void this.console.close(); }
}
