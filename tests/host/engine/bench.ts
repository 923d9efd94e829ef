import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { expect } from 'vitest';
import type { Engine, EngineEvent, MachineSpec } from '../../../src/host/engine/contract';
import { createQemuEngine } from '../../../src/host/engine/qemu';
import type { QemuEngineOptions } from '../../../src/host/engine/qemu';
import { newUuid } from '../../../src/host/platform/ids';

/* What every test of the engine needs: a directory, engines on it, the guest that set-up built, and the proof at the end that nothing is left. */

export const GUEST = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'administrator-console/guests/tiny-linux');
/** The shell then asks where the cursor is: ESC [6n. */
const PROMPT = /# (.\[6n)?$/;

export interface Bench {
  directory: string;
  runDirectory: string;
  /** What the engines logged as warning or error. */
  complaints: string[];
  events: EngineEvent[];
  engine(options?: Partial<QemuEngineOptions>): Engine;
  /** A machine from the tiny guest, with a disk of its own. */
  spec(change?: Partial<MachineSpec>): MachineSpec;
  /** Resolves with the next such event that was not yet asked for. */
  event<K extends EngineEvent['on']>(on: K): Promise<Extract<EngineEvent, { on: K }>>;
  /** Ends what runs, removes everything, and proves it. */
  end(): Promise<void>;
}

export const makeBench = (): Bench => {
  const directory = mkdtempSync(join(tmpdir(), 'engine-')), runDirectory = join(directory, 'run'), cacheDirectory = join(directory, 'cache');
  const engines: Engine[] = [], events: EngineEvent[] = [], unread: EngineEvent[] = [], complaints: string[] = [], uuids: string[] = [];
  const waiting: { on: string; resolve(event: EngineEvent): void }[] = [];
  const complain = (what: string, facts?: Readonly<Record<string, unknown>>): void => { complaints.push(`${what} ${JSON.stringify(facts)}`); };
  const hear = (event: EngineEvent): void => {
    events.push(event);
    const index = waiting.findIndex(each => each.on === event.on);
    if (index < 0) unread.push(event); else waiting.splice(index, 1)[0]!.resolve(event);
  };
  return {
    directory, runDirectory, complaints, events,
    engine(options = {}) {
      const engine = createQemuEngine({ runDirectory, cacheDirectory, log: { info: () => {}, warn: complain, error: complain }, ...options });
      engine.onEvent(hear);
      engines.push(engine);
      return engine;
    },
    spec(change = {}) {
      if (!existsSync(join(GUEST, 'vmlinuz'))) throw new Error(`no guest in ${GUEST}: run "npm run setup" first`);
      const { templates } = JSON.parse(readFileSync(join(GUEST, 'template.json'), 'utf8')) as { templates: { boot: { args?: string } }[] };
      const uuid = newUuid(), path = join(directory, `${uuid}.qcow2`);
      uuids.push(uuid);
      execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', join(GUEST, 'disk.qcow2'), path]);
      return {
        uuid, name: 'guest', vcpus: 1, memoryBytes: 128 * 2 ** 20, startPaused: false,
        boot: { by: 'kernel', kernelPath: join(GUEST, 'vmlinuz'), initrdPath: join(GUEST, 'initrd'), args: templates[0]!.boot.args ?? '' },
        disks: [{ userdevice: '0', image: { format: 'qcow2', source: { by: 'file', path } }, readOnly: false, kind: 'Disk' }],
        nics: [{ device: '0', mac: '52:54:00:aa:bb:01', mtu: 1500, backend: { by: 'user', hostname: 'guest' } }],
        ...change,
      };
    },
    event<K extends EngineEvent['on']>(on: K) {
      const index = unread.findIndex(event => event.on === on);
      if (index >= 0) return Promise.resolve(unread.splice(index, 1)[0] as Extract<EngineEvent, { on: K }>);
      return new Promise<Extract<EngineEvent, { on: K }>>(resolve => { waiting.push({ on, resolve: event => resolve(event as Extract<EngineEvent, { on: K }>) }); });
    },
    async end() {
      for (const engine of engines) engine.dispose();
      const last = createQemuEngine({ runDirectory, cacheDirectory, log: { info: () => {}, warn: () => {}, error: () => {} } });
      await last.adopt();
      for (const uuid of uuids) await last.kill(uuid).catch(() => {}); // most are gone already
      last.dispose();
      try {
        expect(processesOf(directory), 'processes left').toEqual([]);
        if (existsSync(runDirectory)) expect(readdirSync(runDirectory), 'run directories left').toEqual([]);
      } finally { rmSync(directory, { recursive: true, force: true }); }
    },
  };
};

/** Whoever runs in this directory or was told of it. */
export const processesOf = (directory: string): number[] => readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number).filter(pid => {
  try {
    if (/^.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return false;
    return pid !== process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory);
  } catch { return false; }
});

/** A person at a text console. */
export class Terminal {
  text = '';
  readonly ended: Promise<void>;
  readonly #stream: Duplex;
  #look: () => void = () => {};

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', bytes => { this.text += String(bytes); this.#look(); });
    stream.on('error', () => {});
    this.ended = new Promise(resolve => { stream.once('close', () => { resolve(); this.#look(); }); });
  }

  /** Resolves when it shows this; rejects when it ends before. */
  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      if (this.#stream.destroyed) throw new Error(`the console ended without ${pattern}; last: ${JSON.stringify(this.text.slice(-300))}`);
      await new Promise<void>(resolve => { this.#look = resolve; });
    }
  }
  prompt(): Promise<void> { return this.shows(PROMPT); }
  type(keys: string): void { this.#stream.write(keys); }
  /** Types a command and waits for the next prompt; its output. The marks tell it from the echo, wherever that is wrapped. */
  async run(command: string): Promise<string> {
    this.text = '';
    this.type(`printf '<%s' '<'; ${command}; printf '>%s' '>'\n`);
    await this.shows(/<<[^]*>>/);
    await this.prompt();
    return this.text.slice(this.text.indexOf('<<') + 2, this.text.lastIndexOf('>>')).replace(/\r/g, '');
  }
  leave(): void { this.#stream.destroy(); }
}
