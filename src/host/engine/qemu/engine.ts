import type { Duplex } from 'node:stream';
import { Emitter } from '../../../shared/lib/emitter';
import type { Disposable } from '../../../shared/lib/emitter';
import type { Log } from '../../platform/log';
import { watchProcess } from '../../platform/processes';
import type { Identity } from '../../platform/run-program';
import { ProgramError } from '../../platform/run-program';
import { EngineError } from '../contract';
import type { ConsoleKind, Engine, EngineEvent, EngineFacts, MachineSpec, MachineState } from '../contract';
import { grantAccess } from './access';
import { FILES, commandLine } from './command-line';
import type { Accelerator } from './command-line';
import { factsReader } from './facts';
import { launchQemu } from './launch';
import { Machine } from './machine';
import { QMP_GREETING_TIMEOUT_MS, QmpError } from './qmp/client';
import { RunDirectory } from './run-directory';
import { connectStream } from './viewer';

/* The QEMU engine: one detached QEMU process per machine. The machines are what is in the run directory; this object only holds
 * connections to them and may come and go. */

/** From spawn to answering; a busy host that starts many at once is slow, but not this slow. */
export const START_TIMEOUT_MS = 60_000;

export interface QemuEngineOptions {
  /** One directory per running machine; only for this engine. */
  runDirectory: string;
  /** Where the outcome of the KVM probe is kept. Default: the run directory. */
  cacheDirectory?: string;
  log: Log;
  binary?: string;
  /** When the service is root: the user that QEMU runs as. It needs the group of /dev/kvm. */
  runAs?: Identity;
}

export const createQemuEngine = (options: QemuEngineOptions): Engine => new QemuEngine(options);

class QemuEngine implements Engine {
  readonly #log: Log;
  readonly #binary: string;
  readonly #runAs: Identity | undefined;
  readonly #directory: RunDirectory;
  readonly #facts: () => Promise<EngineFacts & { accelerator: Accelerator }>;
  readonly #events = new Emitter<EngineEvent>();
  readonly #machines = new Map<string, Machine>();
  readonly #starting = new Set<Machine>();
  readonly #stopping = new AbortController();

  constructor({ runDirectory, cacheDirectory = runDirectory, log, binary = 'qemu-system-x86_64', runAs }: QemuEngineOptions) {
    this.#log = log;
    this.#binary = binary;
    this.#runAs = runAs;
    this.#directory = new RunDirectory(runDirectory);
    this.#facts = factsReader({ binary, cacheDirectory, log, runAs: process.getuid?.() === 0 ? runAs : undefined });
  }

  facts(): Promise<EngineFacts> { return this.#facts(); }
  onEvent(listener: (event: EngineEvent) => void): Disposable { return this.#events.on(listener); }

  async adopt(): Promise<readonly { uuid: string; state: MachineState }[]> {
    const found = this.#directory.machines().filter(uuid => !this.#machines.has(uuid));
    return Promise.all(found.map(async uuid => ({ uuid, state: await this.#adoptOne(uuid) })));
  }

  async start(spec: MachineSpec, signal: AbortSignal): Promise<void> {
    if (this.#machines.has(spec.uuid)) throw new EngineError('already-running', `${spec.uuid} runs already`);
    signal.throwIfAborted();
    const machine = this.#machine(spec.uuid);
    this.#starting.add(machine);
    try {
      await this.#launch(machine, spec, AbortSignal.any([signal, this.#stopping.signal]));
      machine.announce();
    } catch (error) {
      await machine.abandon();
      signal.throwIfAborted();
      this.#stopping.signal.throwIfAborted();
      throw asStartError(error, this.#binary, machine.lastWords);
    } finally { this.#starting.delete(machine); }
  }

  state(uuid: string): MachineState { return this.#machines.get(uuid)?.state ?? 'gone'; }
  async pause(uuid: string): Promise<void> { await this.#need(uuid).pause(); }
  async unpause(uuid: string): Promise<void> { await this.#need(uuid).unpause(); }
  async shutdown(uuid: string, signal: AbortSignal): Promise<void> { await this.#need(uuid).shutdown(signal); }
  async reset(uuid: string): Promise<void> { await this.#need(uuid).reset(); }
  async kill(uuid: string): Promise<void> { await this.#need(uuid).kill(); }

  async openConsole(uuid: string, kind: ConsoleKind): Promise<Duplex> {
    const machine = this.#need(uuid);
    if (machine.state === 'gone') throw new EngineError('not-running', `${uuid} does not run yet`);
    if (kind === 'vt100') return machine.serial.view();
    try { return await connectStream(machine.directory.address(FILES.display)); } catch (error) {
      throw new EngineError(this.#machines.get(uuid) === machine ? 'unresponsive' : 'not-running', `the display cannot be reached: ${(error as Error).message}`);
    }
  }

  dispose(): void {
    this.#stopping.abort(new EngineError('start-failed', 'the service stops'));
    // A machine that is just being started is ended by its start(), not left half-made.
    for (const [uuid, machine] of this.#machines) {
      if (this.#starting.has(machine)) continue;
      machine.release();
      this.#machines.delete(uuid);
    }
    this.#directory.dispose();
  }

  async #launch(machine: Machine, spec: MachineSpec, signal: AbortSignal): Promise<void> {
    const { directory } = machine;
    try {
      const { accelerator } = await this.#facts();
      const args = commandLine(spec, accelerator);
      if (await directory.process(spec.uuid)) throw new EngineError('already-running', `${spec.uuid} runs already, and was not adopted`);
      directory.create();
      const [runAs] = await Promise.all([grantAccess(spec, directory.path, this.#runAs, this.#log), directory.remember(spec)]);
      signal.throwIfAborted();
      const child = await launchQemu(this.#binary, args, directory, runAs);
      machine.launched(child.id, child.exited);
    } catch (error) { machine.neverWas(); throw error; }
    machine.serial.connect();
    const died = machine.gone.then(() => { throw new EngineError('start-failed', 'QEMU ended while it started'); });
    await Promise.race([machine.monitor.open({ greetingTimeoutMs: START_TIMEOUT_MS, spare: false, signal }), died]);
  }

  async #adoptOne(uuid: string): Promise<MachineState> {
    const machine = this.#machine(uuid), { directory, monitor, serial } = machine;
    directory.claim();
    let id = await directory.process(uuid), answers = false;
    const reach = async (): Promise<void> => { answers = await monitor.open({ greetingTimeoutMs: QMP_GREETING_TIMEOUT_MS, spare: true }).then(() => true, (error: unknown) => { this.#noteSilence(uuid, error); return false; }); };
    if (id === undefined) {
      // The service crashed while this one was being launched: QEMU writes its pid file just before it answers.
      await reach();
      id = await directory.process(uuid);
    }
    if (id === undefined) { machine.neverWas(); return 'gone'; }
    machine.adopted(id, watchProcess(id));
    serial.connect({ listen: false });
    if (!answers) await reach();
    // QEMU has answered after the line was taken, so from here on the line tells all; the log tells what was before.
    if (machine.power.at === 'launching') { machine.assumeRunning(); void monitor.keepTrying(); }
    if (machine.power.at === 'off') await machine.gone;
    if (machine.power.at !== 'gone') await serial.restore();
    return machine.state;
  }

  #noteSilence(uuid: string, error: unknown): void {
    if (error instanceof QmpError && error.kind === 'closed') return; // nobody there
    this.#log.warn('a QEMU does not answer', { uuid, error: (error as Error).message });
  }

  #machine(uuid: string): Machine {
    const machine = new Machine({
      uuid, directory: this.#directory.of(uuid), log: this.#log,
      tell: event => this.#events.emit(event),
      onGone: () => { if (this.#machines.get(uuid) === machine) this.#machines.delete(uuid); },
    });
    this.#machines.set(uuid, machine);
    return machine;
  }

  #need(uuid: string): Machine {
    const machine = this.#machines.get(uuid);
    if (machine === undefined) throw new EngineError('not-running', `${uuid} does not run`);
    return machine;
  }
}

const asStartError = (error: unknown, binary: string, said: string): EngineError => {
  if (error instanceof EngineError && said === '') return error;
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if ((code === 'ENOENT' && syscall?.startsWith('spawn')) || (error instanceof ProgramError && error.kind === 'missing')) {
    return new EngineError('missing-program', `${binary} is not installed; on Debian: apt install qemu-system-x86`);
  }
  return new EngineError('start-failed', said || message);
};
