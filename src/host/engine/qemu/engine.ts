import type { Duplex } from 'node:stream';
import { Emitter } from '../../../shared/lib/emitter';
import type { Disposable } from '../../../shared/lib/emitter';
import { openGroups } from '../../platform/cgroups';
import type { Groups } from '../../platform/cgroups';
import type { Log } from '../../platform/log';
import { watchProcess } from '../../platform/processes';
import type { Identity } from '../../platform/run-program';
import { ProgramError } from '../../platform/run-program';
import { EngineError } from '../contract';
import type {
  ConsoleKind, CpuShare, DiskImage, DiskLimits, DiskSpec, Engine, EngineEvent, EngineFacts, GuestFacts, GuestProgram, MachineDevices, MachineSpec, MachineState, MachineStats, MemoryFacts, NicSpec,
} from '../contract';
import { FILES, INHERITED, commandLine } from './command-line';
import { deviceList } from './device-list';
import { boardOf } from './devices';
import { factsReader } from './facts';
import type { QemuFacts } from './facts';
import { firstSettings } from './first-settings';
import { setVcpus } from './hot-cpus';
import * as hotDisks from './hot-disks';
import { balloon, memory } from './hot-memory';
import * as hotNics from './hot-nics';
import { letGo } from './hot-unplug';
import { KeptDirectory } from './kept';
import { launchQemu } from './launch';
import { mergeDown, mirrorDisk, openImages, switchDisks } from './live-disks';
import { Machine } from './machine';
import { dropSecrets, meansOf, prepare, unprepare } from './preparation';
import { QMP_GREETING_TIMEOUT_MS, QmpError } from './qmp/client';
import { RunDirectory } from './run-directory';
import { shareAtStart, shareCpu, weighDisks } from './share';
import { loadState, saveMachine, settleFound } from './saved-state';
import { screenshot } from './screen';
import { stats, threadsChanged } from './stats';
import { endTpms } from './tpm';
import { connectStream } from './viewer';

/* The QEMU engine: one detached QEMU process per machine. The machines are what is in the run directory; this object only holds
 * connections to them and may come and go. */

/** From spawn to answering; a busy host that starts many at once is slow, but not this slow. */
export const START_TIMEOUT_MS = 60_000;

export interface QemuEngineOptions {
  /** One directory per running machine; only for this engine. */
  runDirectory: string;
  /** What machines keep between their runs (contract.ts). Default: beside the run directory. */
  keptDirectory?: string;
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
  readonly #kept: KeptDirectory;
  readonly #groups: Groups = openGroups();
  readonly #facts: () => Promise<QemuFacts>;
  readonly #events = new Emitter<EngineEvent>();
  readonly #machines = new Map<string, Machine>();
  readonly #starting = new Set<Machine>();
  readonly #stopping = new AbortController();

  constructor({ runDirectory, keptDirectory = `${runDirectory}.kept`, cacheDirectory = runDirectory, log, binary = 'qemu-system-x86_64', runAs }: QemuEngineOptions) {
    this.#log = log;
    this.#binary = binary;
    this.#runAs = runAs;
    this.#directory = new RunDirectory(runDirectory);
    this.#kept = new KeptDirectory(keptDirectory, log);
    this.#facts = factsReader({ binary, cacheDirectory, log, runAs: process.getuid?.() === 0 ? runAs : undefined, groups: this.#groups });
  }

  async facts(): Promise<EngineFacts> {
    const { firmware: _firmware, swtpm: _swtpm, lacks, ...facts } = await this.#facts(), why = await this.#groups.disksLack();
    return { ...facts, lacks: { ...lacks, ...(why === '' ? {} : { 'disk-weight': why }) } };
  }
  onEvent(listener: (event: EngineEvent) => void): Disposable { return this.#events.on(listener); }

  async adopt(): Promise<readonly { uuid: string; state: MachineState }[]> {
    const found = this.#directory.machines().filter(uuid => !this.#machines.has(uuid));
    const adopted = await Promise.all(found.map(async uuid => ({ uuid, state: await this.#adoptOne(uuid) })));
    await this.#dropLeftovers();
    return adopted;
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
      await unprepare(spec, this.#kept);
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

  screenshot(uuid: string): Promise<Buffer> { return screenshot(this.#need(uuid)); }
  save(uuid: string, path: string, signal: AbortSignal, progress?: (fraction: number) => void): Promise<{ bytes: number }> { return saveMachine(this.#need(uuid), path, { signal, progress }); }
  async switchDisks(uuid: string, disks: readonly { userdevice: string; overlay: DiskImage }[]): Promise<void> { await switchDisks(this.#need(uuid), disks); }
  mirrorDisk(uuid: string, userdevice: string, to: DiskImage, signal: AbortSignal, progress?: (fraction: number) => void, switched?: () => void | Promise<void>): Promise<void> {
    return mirrorDisk(this.#need(uuid), userdevice, to, { signal, progress }, switched);
  }
  async mergeDown(uuid: string, userdevice: string, signal: AbortSignal, progress?: (fraction: number) => void): Promise<void> { await mergeDown(this.#need(uuid), userdevice, { signal, progress }); }
  async openImages(uuid: string, userdevice: string): Promise<readonly string[]> { return openImages(this.#need(uuid), userdevice); }

  async attachDisk(uuid: string, disk: DiskSpec): Promise<void> { await hotDisks.attachDisk(this.#need(uuid), disk); }
  async detachDisk(uuid: string, userdevice: string, signal: AbortSignal): Promise<void> { await hotDisks.detachDisk(this.#need(uuid), userdevice, signal); }
  async changeMedium(uuid: string, userdevice: string, image: DiskImage | undefined, force?: boolean): Promise<void> { await hotDisks.changeMedium(this.#need(uuid), userdevice, image, force); }
  async resizeDisk(uuid: string, userdevice: string, virtualSizeBytes: number): Promise<void> { await hotDisks.resizeDisk(this.#need(uuid), userdevice, virtualSizeBytes); }
  async limitDisk(uuid: string, userdevice: string, limits: DiskLimits): Promise<void> { await hotDisks.limitDisk(this.#need(uuid), userdevice, limits); }
  async stats(uuid: string, patienceMs: number): Promise<MachineStats> { return stats(this.#need(uuid), patienceMs); }
  async devices(uuid: string): Promise<MachineDevices> { return deviceList(this.#need(uuid)); }

  async attachNic(uuid: string, nic: NicSpec): Promise<void> { await hotNics.attachNic(this.#need(uuid), nic); }
  async detachNic(uuid: string, device: string, signal: AbortSignal): Promise<void> { await hotNics.detachNic(this.#need(uuid), device, signal); }
  async linkNic(uuid: string, device: string, up: boolean): Promise<void> { await hotNics.linkNic(this.#need(uuid), device, up); }
  async balloon(uuid: string, targetBytes: number): Promise<void> { await balloon(this.#need(uuid), targetBytes); }
  async memory(uuid: string): Promise<MemoryFacts> { return memory(this.#need(uuid)); }
  async setVcpus(uuid: string, count: number): Promise<void> {
    const machine = this.#need(uuid);
    try { await setVcpus(machine, count); } finally { threadsChanged(machine); }
  }
  async shareCpu(uuid: string, share: CpuShare): Promise<void> { await shareCpu(this.#groups, uuid, this.#pidOf(uuid), share); }
  async weighDisks(uuid: string, weight?: number): Promise<void> { await weighDisks(this.#groups, uuid, this.#pidOf(uuid), weight); }
  async guestFacts(uuid: string): Promise<GuestFacts | undefined> { const machine = this.#need(uuid); return machine.state === 'running' ? machine.agent.facts() : undefined; }
  async quiesce(uuid: string): Promise<{ thaw(): Promise<void> } | undefined> { const machine = this.#need(uuid); return machine.state === 'running' ? machine.agent.quiesce() : undefined; }
  runInGuest(uuid: string, program: GuestProgram, signal: AbortSignal): Promise<{ exitStatus: number; said: string }> { return this.#need(uuid).agent.run(program, signal); }

  kept(): Promise<readonly string[]> { return Promise.resolve(this.#kept.machines()); }
  copyKept(from: string, to: string): Promise<void> { return this.#kept.copy(from, to); }
  async forget(uuid: string, part: 'all' | 'tpm' = 'all'): Promise<void> {
    if (this.#machines.has(uuid)) throw new EngineError('already-running', `${uuid} runs`);
    if (this.#kept.hasTpm(uuid)) await endTpms([this.#kept.tpmPath(uuid)]);
    await this.#kept.forget(uuid, part);
  }
  async consoleLog(uuid: string, maxBytes: number, times = false): Promise<string> {
    const serial = this.#machines.get(uuid)?.serial;
    return times && serial ? serial.stamped(maxBytes) : (serial?.tail(maxBytes) ?? await this.#kept.console(uuid, maxBytes)).toString('utf8');
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
      const facts = await this.#facts();
      const args = commandLine(spec, facts.accelerator, meansOf(spec, facts, this.#kept));
      if (await directory.process(spec.uuid)) throw new EngineError('already-running', `${spec.uuid} runs already, and was not adopted`);
      directory.create();
      const runAs = await prepare({ spec, facts, kept: this.#kept, directory, runAs: this.#runAs, log: this.#log });
      signal.throwIfAborted();
      const child = await launchQemu(this.#binary, args, directory, runAs, spec.restoreFrom);
      machine.launched(child.id, child.exited);
      machine.board = boardOf(spec);
      machine.endsAtReset = spec.afterReset === 'end';
    } catch (error) { machine.neverWas(); throw error; }
    machine.serial.connect();
    machine.agent.connect();
    const died = machine.gone.then(() => { throw new EngineError('start-failed', 'QEMU ended while it started'); });
    const shared = shareAtStart(this.#groups, spec, machine.pid, this.#log);
    try { await Promise.race([machine.monitor.open({ greetingTimeoutMs: START_TIMEOUT_MS, spare: false, signal }), died]); } finally { await shared; if (machine.power.at === 'gone') await this.#groups.remove(spec.uuid); }
    await dropSecrets(spec, directory);
    await Promise.race([firstSettings(machine, spec), died]);
    if (spec.restoreFrom === undefined) return;
    await Promise.race([loadState(machine, INHERITED.savedState, signal), died]);
    if (!spec.startPaused) await machine.unpause();
  }

  async #adoptOne(uuid: string): Promise<MachineState> {
    const machine = this.#machine(uuid), { directory, monitor, serial } = machine;
    directory.claim();
    const { boot, profile, afterReset } = await directory.recall();
    if (boot) machine.board = boardOf({ boot, ...(profile ? { profile } : {}) });
    machine.endsAtReset = afterReset === 'end';
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
    machine.agent.connect();
    if (!answers) await reach();
    // QEMU has answered after the line was taken, so from here on the line tells all; the log tells what was before.
    if (machine.power.at === 'launching') { machine.assumeRunning(); void monitor.keepTrying(); }
    else if (answers && !await this.#settle(machine)) await machine.kill();
    if (machine.power.at === 'off') await machine.gone;
    if (answers && machine.state !== 'gone') void machine.agent.look(machine).catch(() => {}); // it fails when the machine ends
    if (machine.power.at !== 'gone') await serial.restore();
    return machine.state;
  }

  /** False: it is of no use, its saved memory was never read. */
  async #settle(machine: Machine): Promise<boolean> {
    if (machine.state === 'gone' || machine.power.at === 'off') return true;
    try { return await settleFound(machine); } catch (error) {
      this.#log.warn('what an earlier service began in a machine may go on', { path: machine.directory.path, error: (error as Error).message });
      return true;
    }
  }

  /** What a crash of the service left of machines that have ended. Other services of this host may have groups of their own. */
  async #dropLeftovers(): Promise<void> {
    const ended = this.#kept.machines().filter(uuid => !this.#machines.has(uuid));
    const grouped = await this.#groups.names();
    for (const uuid of ended.filter(each => grouped.includes(each))) await this.#groups.remove(uuid).catch(() => {}); // it is in use
    await endTpms(ended.filter(uuid => this.#kept.hasTpm(uuid)).map(uuid => this.#kept.tpmPath(uuid)));
  }

  #noteSilence(uuid: string, error: unknown): void {
    if (error instanceof QmpError && error.kind === 'closed') return; // nobody there
    this.#log.warn('a QEMU does not answer', { uuid, error: (error as Error).message });
  }

  #machine(uuid: string): Machine {
    const machine = new Machine({
      uuid, directory: this.#directory.of(uuid), log: this.#log,
      tell: event => this.#events.emit(event), letGo,
      beforeRemove: () => { this.#kept.keepConsole(uuid, machine.directory); },
      onGone: () => {
        if (this.#machines.get(uuid) === machine) this.#machines.delete(uuid);
        this.#groups.remove(uuid).catch((error: unknown) => { this.#log.warn('a control group stays', { uuid, why: (error as Error).message }); });
      },
    });
    this.#machines.set(uuid, machine);
    return machine;
  }

  #pidOf(uuid: string): number {
    const { pid } = this.#need(uuid);
    if (pid === undefined) throw new EngineError('not-running', `${uuid} does not run yet`);
    return pid;
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
