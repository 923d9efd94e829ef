import { mkdirSync, readdirSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { Emitter } from '../../../shared/lib/emitter';
import type { Disposable } from '../../../shared/lib/emitter';
import { isUuid } from '../../platform/ids';
import type { Log } from '../../platform/log';
import { EngineError } from '../contract';
import type {
  ConsoleKind, CpuShare, DiskImage, DiskSpec, EndReason, Engine, EngineEvent, EngineFacts, GuestFacts, MachineDevices, MachineSpec, MachineState, MachineStats, MemoryFacts, NicSpec,
} from '../contract';
import { readConsole } from './console';
import { Domain } from './domain';
import type { Tools } from './domain';
import { NO_DISPLAY, NO_LIVE_DISKS, NO_PICTURE, readFacts } from './facts';
import * as hot from './hot';
import { NO_LIMITS } from './config';
import { readList } from './parse';
import type { Seen } from './parse';
import { turn } from './power';
import { save } from './saved';
import { statsOf } from './stats';
import { Top } from './top';
import { xlOf } from './xl';
import { Xenstore } from './xenstore';

/* The Xen engine: one domain a machine, by `xl`. xenstored says when one comes or goes, `xl list` what has become of which. A domain whose guest has ended stands
 * there until this engine has seen it. Domains that it did not make are nobody's here: they are never touched. */

export interface XenEngineOptions {
  /** One folder a machine that runs; only for this engine. */
  runDirectory: string;
  /** What machines keep between their runs: the log of their console. */
  keptDirectory: string;
  log: Log;
  xl?: string;
  xentop?: string;
  xenstore?: string;
}

const CONSOLE = 'console.log', WATCHED = ['@introduceDomain', '@releaseDomain'], WATCH_AGAIN_MS = 2_000, SHUTDOWN_REPEAT_MS = 5_000, MIB = 2 ** 20;

export const createXenEngine = (options: XenEngineOptions): Engine => new XenEngine(options);

class XenEngine implements Engine {
  readonly #tools: Tools;
  readonly #run: string;
  readonly #kept: string;
  readonly #top: Top;
  readonly #events = new Emitter<EngineEvent>();
  readonly #domains = new Map<string, Domain>();
  readonly #stopping = new AbortController();
  #seen: readonly Seen[] = [];
  #looking: Promise<void> | undefined;
  #again = false;
  #watching = false;
  #memory = { totalMib: 0, ownMib: 0 };
  #facts: ReturnType<typeof readFacts> | undefined;

  constructor({ runDirectory, keptDirectory, log, xl, xentop, xenstore }: XenEngineOptions) {
    mkdirSync(runDirectory, { recursive: true, mode: 0o700 });
    this.#run = runDirectory;
    this.#kept = keptDirectory;
    this.#tools = { xl: xlOf(xl), xenstore: new Xenstore(() => { this.#lookSoon(); }, xenstore), log };
    this.#top = new Top(log, paused => { if ([...this.#domains.values()].some(({ name, power }) => (power === 'paused') !== paused.has(name))) this.#lookSoon(); }, xentop);
  }

  async facts(): Promise<EngineFacts> {
    const facts = this.#facts ??= readFacts(this.#tools.xl);
    facts.catch(() => { if (this.#facts === facts) this.#facts = undefined; });
    const { info: { totalMib, freeMib }, ...said } = await facts;
    if (this.#memory.totalMib === 0) this.#memory = { totalMib, ownMib: Math.max(0, totalMib - freeMib - (await this.#list()).reduce((sum, { memoryMib }) => sum + memoryMib, 0)) };
    return said;
  }
  /** What is not a domain's is free, but for what Xen itself took from the beginning. */
  hostMemory(): { totalBytes: number; freeBytes: number } {
    const given = this.#seen.reduce((sum, { memoryMib }) => sum + memoryMib, 0);
    return { totalBytes: this.#memory.totalMib * MIB, freeBytes: Math.max(0, this.#memory.totalMib - this.#memory.ownMib - given) * MIB };
  }
  onEvent(listener: (event: EngineEvent) => void): Disposable { return this.#events.on(listener); }

  async adopt(): Promise<readonly { uuid: string; state: MachineState }[]> {
    await this.#watch();
    const listed = await this.#list(), answers: { uuid: string; state: MachineState }[] = [];
    for (const uuid of readdirSync(this.#run).filter(name => isUuid(name) && !this.#domains.has(name))) {
      answers.push({ uuid, state: await this.#adoptOne(uuid, listed.find(seen => seen.uuid === uuid)) });
    }
    await this.#look();
    return answers.map(({ uuid }) => ({ uuid, state: this.state(uuid) }));
  }

  async start(spec: MachineSpec, signal: AbortSignal): Promise<void> {
    const listed = await this.#list();
    if (this.#domains.has(spec.uuid) || listed.some(({ uuid }) => uuid === spec.uuid)) throw new EngineError('already-running', `${spec.uuid} runs already`);
    signal.throwIfAborted();
    await this.#watch();
    const domain = new Domain(spec, join(this.#run, spec.uuid), this.#consoleLog(spec.uuid), this.#tools);
    this.#domains.set(spec.uuid, domain);
    const ends = AbortSignal.any([signal, this.#stopping.signal]);
    try {
      if (spec.boot.by === 'firmware') { const why = (await this.facts()).lacks?.hvm; if (why !== undefined) throw new EngineError('unsupported', why); }
      await domain.make(ends);
      if (!spec.startPaused) await this.#tools.xl(['unpause', String(domain.id)], { signal: ends });
      await domain.settled();
    } catch (error) {
      await this.#abandon(domain);
      signal.throwIfAborted();
      throw error instanceof EngineError ? error : new EngineError('start-failed', (error as Error).message);
    }
    domain.announced = true;
    this.#turnTo(domain, spec.startPaused ? 'paused' : 'running');
    this.#lookSoon(); // it may have ended already
  }

  state(uuid: string): MachineState { return this.#domains.get(uuid)?.state ?? 'gone'; }
  async pause(uuid: string): Promise<void> { await this.#switch(uuid, 'pause', 'paused'); }
  async unpause(uuid: string): Promise<void> { await this.#switch(uuid, 'unpause', 'running'); }

  /** Asks the guest by xenstore, and by the power button where it has no driver of Xen's; again until it is gone. */
  async shutdown(uuid: string, signal: AbortSignal): Promise<void> {
    const domain = this.#need(uuid);
    if (domain.power === 'paused') throw new EngineError('not-running', 'a paused guest cannot shut itself down');
    const over = new AbortController(), ends = AbortSignal.any([signal, this.#stopping.signal, over.signal]);
    const ask = async (): Promise<void> => {
      while (!ends.aborted) {
        await this.#tools.xl(['shutdown', '-F', String(domain.id)], { signal: ends }).catch((error: unknown) => { if (!(error instanceof EngineError) || error.kind !== 'not-running') throw error; });
        await new Promise<void>(resolve => { const timer = setTimeout(resolve, SHUTDOWN_REPEAT_MS); ends.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true }); });
      }
    };
    const aborted = new Promise<never>((_, reject) => { for (const one of [signal, this.#stopping.signal]) { if (one.aborted) reject(one.reason as Error); one.addEventListener('abort', () => { reject(one.reason as Error); }, { once: true }); } });
    const asking = ask();
    asking.catch(() => { /* raced below */ });
    try { await Promise.race([domain.gone, asking.then(() => domain.gone), aborted]); } finally { over.abort(new Error('it is over')); aborted.catch(() => { /* heard */ }); }
  }

  async kill(uuid: string): Promise<void> {
    const domain = this.#domains.get(uuid);
    if (domain === undefined || domain.power === 'gone') return;
    domain.killed = true;
    await this.#finish(domain, 'killed', '');
  }

  /** Another domain in its place. */
  async reset(uuid: string): Promise<void> { await this.#makeAgain(this.#need(uuid)); }

  async openConsole(uuid: string, kind: ConsoleKind): Promise<Duplex> {
    const domain = this.#need(uuid);
    domain.needAlive();
    if (kind === 'vt100') return domain.console.view();
    if (domain.type === 'pv') throw new EngineError('unsupported', NO_DISPLAY);
    const port = Number(await this.#tools.xenstore.read(`/local/domain/${domain.id}/console/vnc-port`));
    if (!(port > 0)) throw new EngineError('unresponsive', 'the display has no port yet');
    return await new Promise((resolve, reject) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('error', error => { reject(new EngineError('unresponsive', `the display cannot be reached: ${error.message}`)); });
      socket.once('connect', () => { resolve(socket); });
    });
  }
  screenshot(): Promise<Buffer> { return Promise.reject(new EngineError('unsupported', NO_PICTURE)); }

  async save(uuid: string, path: string, signal: AbortSignal): Promise<{ bytes: number }> {
    const domain = this.#need(uuid), saved = await save(this.#tools, domain, path, signal);
    this.#events.emit({ uuid, on: 'paused' });
    return saved;
  }

  attachDisk(uuid: string, disk: DiskSpec): Promise<void> { return this.#with(uuid, domain => hot.attachDisk(this.#tools, domain, disk)); }
  detachDisk(uuid: string, userdevice: string, signal: AbortSignal): Promise<void> { return this.#with(uuid, domain => hot.detachDisk(this.#tools, domain, userdevice, signal)); }
  changeMedium(uuid: string, userdevice: string, image: DiskImage | undefined): Promise<void> { return this.#with(uuid, domain => hot.changeMedium(this.#tools, domain, userdevice, image)); }
  resizeDisk(): Promise<void> { return Promise.reject(new EngineError('unsupported', NO_LIVE_DISKS)); }
  limitDisk(_uuid: string, _userdevice: string, limits: { bytesPerSecond?: number; operationsPerSecond?: number }): Promise<void> {
    return limits.bytesPerSecond === undefined && limits.operationsPerSecond === undefined ? Promise.resolve() : Promise.reject(new EngineError('unsupported', NO_LIMITS));
  }
  /** None: the disks are all of a kind that a snapshot is taken of while the machine stands still. */
  switchDisks(_uuid: string, disks: readonly unknown[]): Promise<void> { return disks.length === 0 ? Promise.resolve() : Promise.reject(new EngineError('unsupported', NO_LIVE_DISKS)); }
  mirrorDisk(): Promise<void> { return Promise.reject(new EngineError('unsupported', NO_LIVE_DISKS)); }
  mergeDown(): Promise<void> { return Promise.reject(new EngineError('unsupported', NO_LIVE_DISKS)); }
  openImages(uuid: string, userdevice: string): Promise<readonly string[]> {
    const source = this.#need(uuid).spec.disks.find(disk => disk.userdevice === userdevice)?.image?.source;
    return Promise.resolve(source && 'path' in source ? [source.path] : []);
  }

  stats(uuid: string): Promise<MachineStats> {
    const domain = this.#need(uuid), known = this.#top.of(domain.name);
    return known ? Promise.resolve(statsOf(domain, known)) : Promise.reject(new EngineError('unresponsive', 'xentop has not seen it yet'));
  }
  async devices(uuid: string): Promise<MachineDevices> { const domain = this.#need(uuid); await this.#look(); return hot.devices(this.#tools, domain, this.#of(domain)?.vcpus ?? domain.spec.vcpus); }

  attachNic(uuid: string, nic: NicSpec): Promise<void> { return this.#with(uuid, domain => hot.attachNic(this.#tools, domain, nic)); }
  detachNic(uuid: string, device: string, signal: AbortSignal): Promise<void> { return this.#with(uuid, domain => hot.detachNic(this.#tools, domain, device, signal)); }
  /** There is no cable to be pulled: what a card may do, its end in the network says. */
  linkNic(uuid: string): Promise<void> { this.#need(uuid); return Promise.resolve(); }

  balloon(uuid: string, targetBytes: number): Promise<void> { return this.#with(uuid, domain => hot.balloon(this.#tools, domain, targetBytes)); }
  async memory(uuid: string): Promise<MemoryFacts> { const domain = this.#need(uuid); await this.#look(); return { actualBytes: (this.#of(domain)?.memoryMib ?? 0) * MIB }; }
  setVcpus(uuid: string, count: number): Promise<void> { return this.#with(uuid, domain => hot.setVcpus(this.#tools, domain, count)); }
  shareCpu(uuid: string, share: CpuShare): Promise<void> { return this.#with(uuid, async domain => { await this.facts(); await hot.shareCpu(this.#tools, domain, share, (await this.#facts)?.info.scheduler ?? ''); }); }
  async weighDisks(_uuid: string, weight?: number): Promise<void> { if (weight !== undefined) throw new EngineError('unsupported', (await this.facts()).lacks?.['disk-weight'] ?? ''); }

  guestFacts(uuid: string): Promise<GuestFacts | undefined> { this.#need(uuid); return Promise.resolve(undefined); }
  quiesce(uuid: string): Promise<undefined> { this.#need(uuid); return Promise.resolve(undefined); }
  runInGuest(): Promise<never> { return Promise.reject(new EngineError('refused', 'there is no guest agent under Xen')); }

  async kept(): Promise<readonly string[]> { return (await readdir(this.#kept).catch(() => [])).filter(isUuid); }
  copyKept(): Promise<void> { return Promise.resolve(); }
  async forget(uuid: string, part: 'all' | 'tpm' = 'all'): Promise<void> {
    if (this.#domains.has(uuid)) throw new EngineError('already-running', `${uuid} runs`);
    if (isUuid(uuid) && part === 'all') await rm(join(this.#kept, uuid), { recursive: true, force: true });
  }
  async consoleLog(uuid: string, maxBytes: number, times = false): Promise<string> {
    const running = this.#domains.get(uuid)?.console;
    return times && running ? running.stamped(maxBytes) : (running?.tail(maxBytes) ?? (isUuid(uuid) ? await readConsole(this.#consoleLog(uuid), maxBytes) : Buffer.alloc(0))).toString('utf8');
  }

  dispose(): void {
    this.#stopping.abort(new EngineError('unresponsive', 'the service stops'));
    this.#top.dispose();
    this.#tools.xenstore.dispose();
    for (const domain of this.#domains.values()) if (domain.power !== 'launching') domain.release();
    this.#domains.clear();
  }

  /** A start that was killed with the service left a domain that never ran: it goes. One whose guest ended meanwhile is seen so, and goes. */
  async #adoptOne(uuid: string, seen: Seen | undefined): Promise<MachineState> {
    const path = join(this.#run, uuid), found = await Domain.found(uuid, path, this.#consoleLog(uuid), this.#tools);
    if (seen === undefined || found?.made !== true) {
      if (seen !== undefined && found !== undefined) await this.#destroy(seen.id);
      await rm(path, { recursive: true, force: true });
      return 'gone';
    }
    const { domain } = found;
    domain.id = seen.id;
    domain.announced = true;
    domain.power = seen.isPaused ? 'paused' : 'running';
    await domain.console.restore();
    await domain.listen().catch((error: unknown) => { this.#tools.log.warn('the console of a domain is not there', { uuid, why: (error as Error).message }); });
    this.#domains.set(uuid, domain);
    return domain.state;
  }

  async #switch(uuid: string, command: 'pause' | 'unpause', to: 'paused' | 'running'): Promise<void> {
    const domain = this.#need(uuid);
    domain.needAlive();
    if (domain.power === to) return;
    await this.#tools.xl([command, String(domain.id)]);
    this.#turnTo(domain, to);
  }
  #turnTo(domain: Domain, to: 'paused' | 'running'): void {
    if (domain.power === to || domain.power === 'gone') return;
    domain.power = to;
    this.#events.emit({ uuid: domain.uuid, on: to });
  }

  async #with(uuid: string, work: (domain: Domain) => Promise<void>): Promise<void> { await work(this.#need(uuid)); }

  async #makeAgain(domain: Domain): Promise<void> {
    domain.needAlive();
    domain.busy++;
    try {
      await this.#destroy(domain.id);
      await domain.makeAgain();
      await this.#tools.xl(['unpause', String(domain.id)]);
    } catch (error) {
      await this.#finish(domain, 'crashed', `it could not be started again: ${(error as Error).message}`);
      throw error;
    } finally { domain.busy--; }
    this.#events.emit({ uuid: domain.uuid, on: 'reset' });
    this.#turnTo(domain, 'running');
    this.#lookSoon();
  }

  async #finish(domain: Domain, why: EndReason, detail: string): Promise<void> {
    if (domain.power === 'gone') return;
    domain.busy++;
    try { await this.#destroy(domain.id); } finally { domain.busy--; }
    await this.#settleGone(domain, why, detail);
  }
  async #settleGone(domain: Domain, why: EndReason, detail: string): Promise<void> {
    if (domain.state === 'gone') return;
    await domain.end();
    if (this.#domains.get(domain.uuid) === domain) this.#domains.delete(domain.uuid);
    if (domain.announced) this.#events.emit({ uuid: domain.uuid, on: 'gone', why, detail });
  }
  async #abandon(domain: Domain): Promise<void> {
    const left = (await this.#list().catch(() => [])).find(({ uuid }) => uuid === domain.uuid);
    if (left) await this.#destroy(left.id).catch((error: unknown) => { this.#tools.log.error('a domain that was not started stays', { uuid: domain.uuid, why: (error as Error).message }); });
    await domain.end();
    this.#domains.delete(domain.uuid);
  }
  /** One that is gone already is what was wanted. */
  async #destroy(id: number): Promise<void> {
    if (id < 1) return;
    try { await this.#tools.xl(['destroy', String(id)]); } catch (error) { if ((await this.#list()).some(seen => seen.id === id && !seen.isDying)) throw error; }
  }

  async #watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    try { for (const path of WATCHED) await this.#tools.xenstore.watch(path); } catch (error) { this.#watching = false; throw error; }
  }

  async #list(): Promise<readonly Seen[]> { return this.#seen = readList(await this.#tools.xl(['list', '-v'])); }
  #of(domain: Domain): Seen | undefined { return this.#seen.find(({ uuid }) => uuid === domain.uuid); }

  #lookSoon(): void {
    if (this.#stopping.signal.aborted || !this.#watching) return;
    void this.#look().catch((error: unknown) => {
      if (this.#stopping.signal.aborted) return;
      this.#tools.log.warn('the domains cannot be looked at', { why: (error as Error).message });
      this.#watching = false; // xenstored may be new: what was watched is watched no more
      setTimeout(() => { void this.#watch().then(() => { this.#lookSoon(); }, () => { this.#watching = true; this.#lookSoon(); }); }, WATCH_AGAIN_MS).unref();
    });
  }
  /** One look at a time; who asks while one is under way gets the next. */
  #look(): Promise<void> {
    if (this.#looking !== undefined) { this.#again = true; return this.#looking; }
    const looking = this.#looking = (async () => {
      do { this.#again = false; await this.#lookOnce(); } while (this.#again && !this.#stopping.signal.aborted);
    })().finally(() => { this.#looking = undefined; });
    return looking;
  }
  async #lookOnce(): Promise<void> {
    const idle = [...this.#domains.values()].filter(({ busy }) => busy === 0);
    await this.#list();
    for (const domain of idle) {
      if (domain.busy > 0) continue;
      const change = turn(domain.power, this.#of(domain));
      switch (change?.to) {
        case undefined: break;
        case 'running': case 'paused': this.#turnTo(domain, change.to); break;
        case 'gone': await this.#settleGone(domain, domain.killed ? 'killed' : 'crashed', domain.killed ? '' : 'the domain was destroyed from outside'); break;
        case 'ended': await this.#ended(domain, change.why); break;
      }
    }
  }
  async #ended(domain: Domain, why: EndReason): Promise<void> {
    if (why === 'reboot-requested' && domain.spec.afterReset !== 'end') { await this.#makeAgain(domain).catch((error: unknown) => { this.#tools.log.error('a guest that rebooted does not start again', { uuid: domain.uuid, why: (error as Error).message }); }); return; }
    await this.#finish(domain, why, why === 'crashed' ? 'its guest crashed' : '');
  }

  #consoleLog(uuid: string): string { return join(this.#kept, uuid, CONSOLE); }
  #need(uuid: string): Domain {
    const domain = this.#domains.get(uuid);
    if (domain === undefined) throw new EngineError('not-running', `${uuid} does not run`);
    return domain;
  }
}
