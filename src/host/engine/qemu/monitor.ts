import type { Disposable } from '../../../shared/lib/emitter';
import { delay } from '../../platform/clock';
import type { Log } from '../../platform/log';
import { FILES } from './command-line';
import { QMP_GREETING_TIMEOUT_MS, QmpClient, QmpError } from './qmp/client';
import type { QmpEvent } from './qmp/messages';
import type { MachineDirectory } from './run-directory';

/* A machine's monitor for as long as the machine lives: a lost connection is made again, by the spare socket if need be. */

/** Between two attempts to reach a QEMU that is alive but silent. */
export const MONITOR_RETRY_MS = 1_000;

/** A command waits so long for a connection that is being made again. */
export const RECONNECT_PATIENCE_MS = 5_000;

export interface MonitorListener {
  event(event: QmpEvent): void;
  /** Connected (again); the events of the meantime are lost, this is how things stand. */
  status(status: 'running' | 'paused' | 'off'): void;
  /** The connection broke: QEMU may be gone. */
  lost(): void;
}

export class Monitor implements Disposable {
  readonly #directory: MachineDirectory;
  readonly #listener: MonitorListener;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<() => void>();
  #client: QmpClient | undefined;

  constructor(directory: MachineDirectory, listener: MonitorListener, log: Log) { this.#directory = directory; this.#listener = listener; this.#log = log; }

  /** The first connection; from then on it is kept by itself. */
  async open({ greetingTimeoutMs, spare, signal }: { greetingTimeoutMs: number; spare: boolean; signal?: AbortSignal }): Promise<void> {
    try { await this.#connect(FILES.monitor, greetingTimeoutMs, signal); } catch (error) {
      if (!spare || this.#stop.signal.aborted || !(error instanceof QmpError)) throw error;
      await this.#connect(FILES.spareMonitor, greetingTimeoutMs, signal);
    }
  }

  /** Goes on trying until it is connected or disposed of. */
  async keepTrying(): Promise<void> {
    for (let attempt = 1; !this.#stop.signal.aborted && this.#client === undefined; attempt++) {
      try { await this.open({ greetingTimeoutMs: QMP_GREETING_TIMEOUT_MS, spare: true }); } catch (error) {
        if (this.#stop.signal.aborted) return;
        // The first one fails whenever a QEMU ends: its exit is seen a moment later.
        if (attempt === 2) this.#log.warn('QEMU does not answer on its monitors', { path: this.#directory.path, error: (error as Error).message });
        await delay(MONITOR_RETRY_MS, this.#stop.signal).catch(() => {});
      }
    }
  }

  /** Waits a moment for a connection that is being made again. */
  async execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#client === undefined) await this.#connectedAgain(command);
    if (this.#client === undefined) throw new QmpError('closed', `${command}: QEMU closed its monitor`);
    return await this.#client.execute(command, args);
  }

  /** Several commands in one packet; all answers, or the first failure. Only over a connection that is there. */
  executeAll(commands: readonly (readonly [command: string, args?: Readonly<Record<string, unknown>>])[], timeoutMs: number): Promise<unknown[]> {
    const client = this.#client;
    if (client === undefined) return Promise.reject(new QmpError('closed', 'the monitor is not connected'));
    return client.together(() => Promise.all(commands.map(([command, args]) => client.execute(command, args, { timeoutMs }))));
  }

  dispose(): void { this.#stop.abort(); this.#client?.dispose(); }

  #connectedAgain(command: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: QmpError): void => {
        clearTimeout(timer);
        this.#stop.signal.removeEventListener('abort', onStop);
        this.#waiting.delete(settle);
        if (error) reject(error); else resolve();
      };
      const onStop = (): void => settle(new QmpError('closed', `${command}: the machine ended`));
      const timer = setTimeout(() => settle(new QmpError('timeout', `${command}: QEMU does not answer on its monitors`)), RECONNECT_PATIENCE_MS);
      this.#waiting.add(settle);
      this.#stop.signal.addEventListener('abort', onStop, { once: true });
      if (this.#stop.signal.aborted) onStop();
    });
  }

  async #connect(file: string, greetingTimeoutMs: number, signal?: AbortSignal): Promise<void> {
    const client = await QmpClient.connect(this.#directory.address(file), { greetingTimeoutMs, signal: signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal });
    // Events that come with the answer may be newer than it: they are told after it. Each says a state, so an older one does no harm.
    let early: QmpEvent[] | undefined = [];
    client.onEvent(event => { if (early) early.push(event); else this.#listener.event(event); });
    let status: 'running' | 'paused' | 'off';
    try { status = readStatus(await client.execute('query-status')); } catch (error) { client.dispose(); throw error; }
    this.#client = client;
    for (const connected of [...this.#waiting]) connected();
    void client.closed.then(why => {
      if (this.#client === client) this.#client = undefined;
      if (this.#stop.signal.aborted) return;
      if (why.kind === 'protocol') this.#log.error('a monitor spoke something else than QMP', { path: this.#directory.path, error: why.message });
      this.#listener.lost();
      void this.keepTrying();
    });
    this.#listener.status(status);
    const told = early;
    early = undefined;
    for (const event of told) this.#listener.event(event);
  }
}

const readStatus = (reply: unknown): 'running' | 'paused' | 'off' => {
  const { running, status } = (reply ?? {}) as { running?: unknown; status?: unknown };
  if (status === 'shutdown') return 'off';
  if (typeof running !== 'boolean') throw new QmpError('protocol', 'query-status answered without a status');
  return running ? 'running' : 'paused';
};
