import { delay } from '../../../platform/clock';
import type { Log } from '../../../platform/log';
import { EngineError } from '../../contract';
import type { GuestFacts, GuestProgram } from '../../contract';
import { FILES } from '../command-line';
import type { QmpEvent } from '../qmp/messages';
import type { MachineDirectory } from '../run-directory';
import { GUEST_AGENT } from './device';
import { readExecStatus, readFacts, readPid } from './facts';
import { AgentError, AgentPort } from './port';

/* qemu-guest-agent inside a machine, if there is one: whether it is there, what it knows, still file systems for a moment, and a clean power-off. */

/** A busy guest writes out its caches first. */
export const FREEZE_TIMEOUT_MS = 30_000;
/** No guest stands still for longer, whatever becomes of the one who asked for it. */
export const QUIESCE_LIMIT_MS = 60_000;
const THAW_ATTEMPTS = 3;
/** The agent tells of no end: it is asked. */
const PROGRAM_ASKED_EVERY_MS = 50;

export interface AgentContext {
  directory: MachineDirectory;
  log: Log;
  /** It came or went. */
  changed(connected: boolean): void;
  /** The connection broke: QEMU may be gone. */
  lost(): void;
}
interface Asks { command(command: string): Promise<unknown> }

export class GuestAgent {
  readonly #context: AgentContext;
  readonly #port: AgentPort;
  #connected = false;
  #frozen: NodeJS.Timeout | undefined;
  #known: GuestFacts | undefined;
  #closed = false;

  constructor(context: AgentContext) {
    this.#context = context;
    this.#port = new AgentPort(context.directory.address(FILES.guestAgent), () => context.lost());
  }

  get connected(): boolean { return this.#connected; }
  connect(): void { this.#port.connect(); }

  /** QEMU says that the guest opened or closed the port. */
  hear({ name, data }: QmpEvent): void {
    if (name === 'VSERPORT_CHANGE' && data['id'] === GUEST_AGENT.id) this.#set(data['open'] === true);
  }

  /** After a connection to a machine that ran already: how things stand. A guest that somebody who is gone left frozen is thawed. */
  async look(machine: Asks): Promise<void> {
    const chardevs = await machine.command('query-chardev') as readonly { label?: string; 'frontend-open'?: boolean }[];
    this.#set(chardevs.find(({ label }) => label === GUEST_AGENT.chardev)?.['frontend-open'] === true);
    if (!this.#connected || this.#frozen !== undefined) return;
    try {
      if (await this.#port.ask('guest-fsfreeze-status') === 'frozen') {
        this.#context.log.warn('a guest was left with its file systems frozen; they are thawed', { path: this.#context.directory.path });
        await this.#thaw();
      }
    } catch (error) { if (!(error instanceof AgentError)) throw error; } // no answer: it cannot be frozen by us
  }

  /** Undefined: no agent answers. While the guest stands still: what it said before. */
  async facts(): Promise<GuestFacts | undefined> {
    if (!this.#connected) return undefined;
    if (this.#frozen !== undefined) return this.#known;
    try {
      const info = await this.#port.ask('guest-info');
      return this.#known = readFacts({
        info, os: await this.#may('guest-get-osinfo'), host: await this.#may('guest-get-host-name'),
        interfaces: await this.#may('guest-network-get-interfaces'), filesystems: await this.#may('guest-get-fsinfo'),
      });
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return undefined;
    }
  }

  /** Undefined: no agent answers. */
  async quiesce(): Promise<{ thaw(): Promise<void> } | undefined> {
    if (!this.#connected) return undefined;
    if (this.#frozen !== undefined) throw new EngineError('refused', 'the guest stands still already');
    this.#frozen = setTimeout(() => {
      this.#context.log.warn('the file systems of a guest are thawed: they were still for too long', { path: this.#context.directory.path });
      void this.#thaw();
    }, QUIESCE_LIMIT_MS + FREEZE_TIMEOUT_MS);
    try { await this.#port.ask('guest-fsfreeze-freeze', {}, { timeoutMs: FREEZE_TIMEOUT_MS }); } catch (error) {
      await this.#thaw(); // a freeze that nobody heard of may have happened
      if (!(error instanceof AgentError)) throw error;
      if (error.kind === 'refused') throw new EngineError('refused', `the guest cannot bring its file systems to rest: ${error.message}`);
      return undefined;
    }
    return { thaw: () => this.#thaw() };
  }

  /** Runs a program to its end. */
  async run({ path, args, input }: GuestProgram, signal: AbortSignal): Promise<{ exitStatus: number; said: string }> {
    if (!this.#connected || this.#frozen !== undefined) throw new EngineError('refused', 'no guest agent answers');
    try {
      const pid = readPid(await this.#port.ask('guest-exec', { path, arg: args, 'input-data': Buffer.from(input).toString('base64'), 'capture-output': true }));
      for (;;) {
        const ended = pid === undefined ? undefined : readExecStatus(await this.#port.ask('guest-exec-status', { pid }));
        if (!ended) throw new EngineError('refused', 'the guest agent does not say what became of the program');
        if (ended.exited) return ended;
        await delay(PROGRAM_ASKED_EVERY_MS, signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof AgentError ? new EngineError('refused', error.message) : error;
    }
  }

  /** Tells it to power off. Resolves when it has refused, or when nothing came any more: then it is on its way. */
  async powerOff(): Promise<void> {
    if (!this.#connected || this.#frozen !== undefined) return;
    try { await this.#port.ask('guest-shutdown', { mode: 'powerdown' }); } catch (error) { if (!(error instanceof AgentError)) throw error; }
  }

  /** The machine is gone, or is let go: then nobody here could thaw it any more. */
  close(): void {
    this.#closed = true;
    if (this.#frozen === undefined) { this.#port.close(); return; }
    clearTimeout(this.#frozen);
    this.#port.sayLast('guest-fsfreeze-thaw');
  }

  #set(connected: boolean): void {
    if (this.#closed || this.#connected === connected) return;
    this.#connected = connected;
    this.#port.outOfStep();
    if (!connected) this.#known = undefined;
    this.#context.changed(connected);
  }

  /** A command that an agent may not know, or be forbidden. */
  async #may(command: string): Promise<unknown> {
    try { return await this.#port.ask(command); } catch (error) {
      if (error instanceof AgentError && error.kind === 'refused') return undefined;
      throw error;
    }
  }

  async #thaw(): Promise<void> {
    if (this.#frozen === undefined && this.#closed) return;
    clearTimeout(this.#frozen);
    for (let attempt = 1; attempt <= THAW_ATTEMPTS && !this.#closed; attempt++) {
      try { await this.#port.ask('guest-fsfreeze-thaw'); break; } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        if (error.kind === 'refused' || error.kind === 'absent') break;
        if (attempt === THAW_ATTEMPTS) this.#context.log.error('the file systems of a guest may be frozen: its agent does not answer', { path: this.#context.directory.path, why: error.message });
      }
    }
    this.#frozen = undefined;
  }
}
