import { Emitter } from '../../../shared/lib/emitter';
import type { Disposable } from '../../../shared/lib/emitter';
import { delay } from '../../platform/clock';
import type { Log } from '../../platform/log';
import { isAlive, signalProcess } from '../../platform/processes';
import type { ProcessId, ProcessWatch } from '../../platform/processes';
import { EngineError } from '../contract';
import type { EngineEvent, MachineState } from '../contract';
import { userdeviceOf } from './devices';
import type { Board } from './devices';
import { GuestAgent } from './guest-agent/agent';
import { GuestChanges } from './guest-changes';
import type { DeviceKind } from './guest-changes';
import { Monitor } from './monitor';
import { next } from './power';
import type { Input, Power } from './power';
import { QmpError } from './qmp/client';
import type { QmpEvent } from './qmp/messages';
import type { MachineDirectory } from './run-directory';
import { SerialPort } from './serial-port';

/* One QEMU process from its spawn (or adoption) to its end. */

/** A QEMU that was told to end (SIGTERM: it still flushes its disks) has this long before SIGKILL. */
export const END_GRACE_MS = 5_000;
/** A guest whose ACPI driver was not up yet never saw the power button: it is pressed again. */
export const POWER_BUTTON_REPEAT_MS = 5_000;
/** For QEMU to do what it was asked, e.g. to say STOP after `stop`. */
export const OBEY_TIMEOUT_MS = 20_000;

export interface MachineContext {
  uuid: string;
  directory: MachineDirectory;
  log: Log;
  /** Only after ready(), and `gone` is the last. */
  tell(event: EngineEvent): void;
  /** The process is gone, its directory is still there. */
  beforeRemove?(): void;
  /** The process is gone and nothing of it is left. Before `gone` is told. */
  onGone(): void;
  /** The guest let go of a device by itself: what was behind it is shut. */
  letGo(machine: Machine, kind: DeviceKind, device: string): Promise<void>;
}

export class Machine {
  readonly directory: MachineDirectory;
  readonly monitor: Monitor;
  readonly serial: SerialPort;
  readonly agent: GuestAgent;
  readonly changes: GuestChanges;
  /** Resolves when the process is gone and nothing of it is left. */
  readonly gone: Promise<void>;
  readonly #context: MachineContext;
  readonly #inputs = new Emitter<Input>();
  readonly #heard = new Emitter<QmpEvent>();
  #power: Power = { at: 'launching' };
  #process: ProcessId | undefined;
  #watch: ProcessWatch | undefined;
  #announced = false;
  readonly #released = new AbortController();
  #onGone: () => void = () => {};

  constructor(context: MachineContext) {
    this.#context = context;
    this.directory = context.directory;
    this.gone = new Promise(resolve => { this.#onGone = resolve; });
    const lost = (): void => this.#watch?.nudge();
    this.monitor = new Monitor(context.directory, { event: event => this.#onEvent(event), status: status => this.#onStatus(status), lost }, context.log);
    this.serial = new SerialPort(context.directory, context.log, lost);
    this.agent = new GuestAgent({ directory: context.directory, log: context.log, lost, changed: connected => this.#tell({ on: 'agent', connected }) });
    this.changes = new GuestChanges((kind, device) => context.letGo(this, kind, device), change => this.#tell(change));
  }

  /** What QEMU wrote on its error output, once it is gone. */
  lastWords = '';

  /** Of its description, what counts while it runs. */
  board: Board = 'pc';
  endsAtReset = false;
  /** Of its QEMU. */
  get pid(): number | undefined { return this.#process?.pid; }

  get power(): Power { return this.#power; }
  /** What the engine's contract calls it: an `off` or dying QEMU is still there. */
  get state(): MachineState {
    switch (this.#power.at) {
      case 'launching': case 'gone': return 'gone';
      case 'paused': return 'paused';
      case 'running': case 'off': case 'dying': return 'running';
    }
  }

  /** Our child, just spawned. */
  launched(process: ProcessId, exited: Promise<unknown>): void {
    this.#process = process;
    void exited.then(() => this.#onExit());
    if (this.#power.at === 'dying') signalProcess(process, 'SIGKILL'); // killed before it had a process
  }
  /** A QEMU that was here before us. Its state is read, not told; what happens from now on is told. */
  adopted(process: ProcessId, watch: ProcessWatch): void {
    this.#process = process;
    this.#watch = watch;
    this.#announced = true;
    void watch.exited.then(() => this.#onExit());
    if (this.#power.at === 'off') this.#end();
  }
  /** Its monitors are silent, its process is there: taken for running until a monitor says otherwise. */
  assumeRunning(): void { this.#onStatus('running'); }
  /** Nothing could be spawned. */
  neverWas(): void { this.#input({ on: 'exit' }); }

  /** Tells where it stands, as its first announcement. */
  announce(): void {
    this.#announced = true;
    if (this.#power.at === 'running' || this.#power.at === 'paused') this.#tell({ on: this.#power.at });
    if (this.agent.connected) this.#tell({ on: 'agent', connected: true }); // one that was saved with it
  }

  pause(): Promise<void> { return this.#obey('stop', 'paused'); }
  unpause(): Promise<void> { return this.#obey('cont', 'running'); }

  /** Any other command. EngineError: `refused` with QEMU's words, or why there is no answer. */
  async command(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    try { return await this.monitor.execute(command, args); } catch (error) {
      if (error instanceof QmpError && error.kind === 'refused') throw new EngineError('refused', error.message);
      throw this.#silence(command, error);
    }
  }
  /** Several commands at once, over the connection that there is now. EngineError: `unresponsive`, or `refused` when any of them was. */
  async commands(commands: Parameters<Monitor['executeAll']>[0], timeoutMs: number): Promise<unknown[]> {
    try { return await this.monitor.executeAll(commands, timeoutMs); } catch (error) {
      if (error instanceof QmpError && error.kind === 'refused') throw new EngineError('refused', error.message);
      throw this.#silence(commands[0]?.[0] ?? '', error);
    }
  }
  /** Everything that QEMU announces. Listen before the command whose event you wait for. */
  onQmpEvent(listener: (event: QmpEvent) => void): Disposable { return this.#heard.on(listener); }

  async reset(): Promise<void> {
    this.needAlive();
    if (!this.endsAtReset) { await this.#ask('system_reset', input => input.on === 'RESET'); return; }
    // This one is a reset that is meant.
    await this.command('set-action', { reboot: 'reset' });
    try { await this.#ask('system_reset', input => input.on === 'RESET'); } finally { await this.command('set-action', { reboot: 'shutdown' }); }
  }

  /** Asks the agent, if there is one; then presses the power button until the machine is gone. */
  async shutdown(signal: AbortSignal): Promise<void> {
    this.needAlive();
    if (this.#power.at === 'paused') throw new EngineError('not-running', 'a paused guest cannot shut itself down');
    const over = new AbortController();
    const waiting = AbortSignal.any([signal, over.signal, this.#released.signal]);
    const press = async (): Promise<void> => {
      if (this.agent.connected) await Promise.race([this.agent.powerOff(), aborted(waiting)]);
      while (!waiting.aborted) {
        if (this.#power.at === 'running') await this.#execute('system_powerdown');
        await delay(POWER_BUTTON_REPEAT_MS, waiting);
      }
    };
    try { await Promise.race([this.gone, press(), aborted(waiting)]); } finally { over.abort(); }
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    if (this.#power.at === 'gone') return;
    this.#input({ on: 'kill' });
    this.#end();
    await Promise.race([this.gone, aborted(this.#released.signal)]);
  }

  /** Its start failed or was given up: nothing ran in it that would need an orderly end. */
  async abandon(): Promise<void> {
    if (this.#power.at === 'gone') return;
    this.#input({ on: 'kill' });
    if (this.#process) signalProcess(this.#process, 'SIGKILL');
    await this.gone;
  }

  /** Drops the connections, leaves the process running. It tells nothing any more, and who waits for it is told so. */
  release(): void {
    this.#released.abort(new EngineError('unresponsive', 'the service has let go of the machine'));
    this.#watch?.dispose();
    this.monitor.dispose();
    this.serial.close();
    this.agent.close();
  }

  /** Tells QEMU to end; `gone` says when it has. */
  #end(): void {
    const id = this.#process;
    if (id === undefined || !signalProcess(id, 'SIGTERM')) return;
    const timer = setTimeout(() => {
      this.#context.log.warn('QEMU does not end when told to and is killed', { uuid: this.#context.uuid, pid: id.pid });
      signalProcess(id, 'SIGKILL');
    }, END_GRACE_MS);
    void this.gone.then(() => clearTimeout(timer));
  }

  async #obey(command: 'stop' | 'cont', goal: 'paused' | 'running'): Promise<void> {
    this.needAlive();
    if (this.#power.at === goal) return;
    await this.#ask(command, () => this.#power.at === goal);
  }

  /** Sends a command and waits for what it brings about, which may come before the reply. */
  async #ask(command: string, done: (input: Input) => boolean): Promise<void> {
    let timer: NodeJS.Timeout | undefined, listening = { dispose: (): void => {} };
    const happened = new Promise<void>((resolve, reject) => {
      listening = this.#inputs.on(input => {
        if (done(input)) resolve();
        else if (input.on === 'exit') reject(new EngineError('not-running', `${command}: the machine ended`));
      });
      timer = setTimeout(() => reject(new EngineError('unresponsive', `${command}: QEMU did not do it within ${OBEY_TIMEOUT_MS} ms`)), OBEY_TIMEOUT_MS);
    });
    happened.catch(() => {});
    try {
      await this.#execute(command);
      await happened;
    } finally { clearTimeout(timer); listening.dispose(); }
  }

  async #execute(command: string): Promise<void> {
    try { await this.monitor.execute(command); } catch (error) { throw this.#silence(command, error); }
  }

  /** A monitor that closes because QEMU ends is no silence. */
  #silence(command: string, error: unknown): unknown {
    if (!(error instanceof QmpError)) return error;
    if (error.kind === 'closed' && (!this.#process || !isAlive(this.#process))) return new EngineError('not-running', `${command}: the machine ended`);
    return new EngineError('unresponsive', error.message);
  }

  needAlive(): void {
    if (this.#power.at !== 'running' && this.#power.at !== 'paused') throw new EngineError('not-running', `the machine is ${this.#power.at}`);
  }

  async #onExit(): Promise<void> {
    if (this.#released.signal.aborted) return;
    // One that ran and was told to end has nothing to explain; a start that failed has.
    if (this.#power.at !== 'dying' || !this.#announced) this.lastWords = await this.directory.said().catch(() => '');
    this.#input({ on: 'exit' });
  }

  #onStatus(status: 'running' | 'paused' | 'off'): void {
    if (this.#power.at === 'launching') { this.#input({ on: 'ready', status }); return; }
    void this.agent.look(this).catch(() => {}); // the monitor was lost for a while; it fails when it is lost again
    if (status === 'off' && this.#power.at !== 'off') this.#input({ on: 'SHUTDOWN', by: 'guest' });
    if (status === 'paused' && this.#power.at === 'running') this.#input({ on: 'STOP' });
    if (status === 'running' && this.#power.at === 'paused') this.#input({ on: 'RESUME' });
  }

  #onEvent(event: QmpEvent): void {
    const { name, data } = event;
    this.#heard.emit(event);
    this.agent.hear(event);
    this.changes.hear(event);
    switch (name) {
      case 'STOP': case 'RESUME': case 'RESET': this.#input({ on: name }); return;
      case 'SHUTDOWN': this.#input({ on: 'SHUTDOWN', by: data['reason'] === 'guest-reset' ? 'reset' : data['guest'] === true ? 'guest' : 'host' }); return;
      case 'BLOCK_IO_ERROR':
        // Any other fault was handed to the guest (rerror=report), which knows what to do with it.
        if (data['action'] === 'stop') this.#tell({ on: 'io-error', device: userdeviceOf(data['node-name']), noSpace: data['nospace'] === true });
        return;
      default: // many more; they mean nothing to a host
    }
  }

  #input(input: Input): void {
    const before = this.#power, after = next(before, input);
    if (after === undefined) {
      this.#context.log.info('QEMU said what means nothing now', { uuid: this.#context.uuid, power: before.at, input: input.on });
      return;
    }
    this.#power = after;
    if (after.at === 'gone') this.#cleanUp();
    if (input.on === 'RESET') this.#tell({ on: 'reset' });
    else if (after.at !== before.at && before.at !== 'launching') this.#tellPower(after);
    if (after.at === 'off' && before.at !== 'off') this.#end();
    this.#inputs.emit(input);
    if (after.at === 'gone') this.#onGone();
  }

  #tellPower(power: Power): void {
    switch (power.at) {
      case 'running': case 'paused': this.#tell({ on: power.at }); return;
      case 'gone': this.#tell({ on: 'gone', why: power.why, detail: this.lastWords }); return;
      case 'launching': case 'off': case 'dying': // on the way
    }
  }

  #cleanUp(): void {
    this.monitor.dispose();
    this.serial.close();
    this.agent.close();
    this.#context.beforeRemove?.();
    this.directory.remove();
    this.#context.onGone();
  }

  #tell(what: Unnamed<EngineEvent>): void {
    if (this.#announced) this.#context.tell({ uuid: this.#context.uuid, ...what });
  }
}
const aborted = (signal: AbortSignal): Promise<never> => new Promise((_, reject) => {
  if (signal.aborted) reject(signal.reason as Error);
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
});
type Unnamed<E> = E extends unknown ? Omit<E, 'uuid'> : never;
