/* A real server on a real port over a real store, with a handful of operations instead of the brain: what the tests of the
 * API need. No QEMU. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { Duplex } from 'node:stream';
import WebSocket from 'ws';
import { ApiError, type Records } from '../../../src/shared/api';
import { must } from '../../../src/shared/lib/assert';
import { loadCertificate, type Certificate } from '../../../src/host/api/certificate';
import { startServer, type Patience, type Server } from '../../../src/host/api/server';
import { openAuditLog } from '../../../src/host/audit/log';
import { openArchives, type LiveArchives } from '../../../src/host/metrics/archives';
import type { Brain, Handlers } from '../../../src/host/operations/contract';
import { setAdministratorPassword } from '../../../src/host/operations/session/passwords';
import type { Store } from '../../../src/host/store/contract';
import { openStore } from '../../../src/host/store/store';
import type { MachineUsers } from '../../../src/host/users/contract';

export const PASSWORD = 'correct horse';
export const TOKEN = 'local-token';
export interface Line { level: string; what: string; facts: unknown }
export interface HttpReply { status: number; headers: Record<string, string | string[] | undefined>; text: string }

export class Lab {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'api-'));
  readonly log: Line[] = [];
  readonly stopping = new AbortController();
  readonly store: Store;
  readonly metrics: LiveArchives;
  readonly audit: ReturnType<typeof openAuditLog>;
  certificate!: Certificate;
  server!: Server;
  /** Both ends of the consoles that were opened: the guest's end is here. */
  readonly consoles: Duplex[] = [];
  time = Date.UTC(2026, 0, 2, 3, 4, 5);
  /** The store's references. */
  pool = ''; host = ''; vm = ''; sr = ''; console = '';
  readonly #agent = new https.Agent({ rejectUnauthorized: false, keepAlive: false });
  readonly #sockets: WebSocket[] = [];
  #stopped = false;

  constructor() {
    this.store = openStore({ path: path.join(this.folder, 'state.db') });
    fs.mkdirSync(path.join(this.folder, 'audit'));
    this.audit = openAuditLog({ directory: path.join(this.folder, 'audit'), now: () => this.time, log: { error: (what, facts) => { this.log.push({ level: 'error', what, facts }); } }, anchor: { read: () => undefined, write: () => undefined } });
    this.metrics = openArchives({ directory: this.folder, log: { info: () => undefined, warn: () => undefined, error: (what, facts) => { this.log.push({ level: 'error', what, facts }); } } });
  }

  static async start(handlers: Handlers = {}, wrongPasswordDelayMs = 20, patience?: Patience, machineUsers?: MachineUsers): Promise<Lab> {
    const lab = new Lab(), write = (level: string) => (what: string, facts?: unknown): void => { lab.log.push({ level, what, facts }); };
    lab.#fill();
    await setAdministratorPassword(lab.store, PASSWORD);
    lab.certificate = await loadCertificate(lab.folder, ['test-host']);
    lab.server = await startServer({
      brain: lab.#brain(handlers), store: lab.store, metrics: lab.metrics, audit: lab.audit, log: { info: write('info'), warn: write('warn'), error: write('error') }, stopping: lab.stopping.signal,
      listen: { address: '127.0.0.1', port: 0 }, tls: lab.certificate, now: () => lab.time, wrongPasswordDelayMs, ...(patience ? { patience } : {}), ...(machineUsers ? { machineUsers } : {}), localToken: { token: TOKEN }, web: path.join(lab.folder, 'page'),
    });
    return lab;
  }

  get url(): string { return `https://127.0.0.1:${this.server.port}`; }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.stopping.abort();
    for (const socket of this.#sockets) socket.terminate();
    await this.server.dispose();
    for (const stream of this.consoles) stream.destroy();
    this.#agent.destroy();
    this.metrics.dispose();
    this.audit.dispose();
    this.store.dispose(); // twice does no harm
    fs.rmSync(this.folder, { recursive: true });
  }

  request(method: string, url: string, body?: string | Buffer, headers: Record<string, string> = {}, localAddress = '127.0.0.1'): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      const request = https.request(this.url + url, { method, agent: this.#agent, localAddress, headers: { ...(body === undefined || headers['transfer-encoding'] !== undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }), ...headers } }, response => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
        response.on('end', () => { resolve({ status: must(response.statusCode, 'status'), headers: response.headers, text }); });
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** JSON-RPC 2.0 by POST; rejects with the API's error. */
  async call(method: string, ...params: unknown[]): Promise<unknown> {
    const { text } = await this.request('POST', '/jsonrpc', JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 }));
    return unwrap(JSON.parse(text) as RpcReply);
  }
  async login(): Promise<string> { return await this.call('session.login_with_password', 'root', PASSWORD) as string; }

  async socket(url: string, protocols: string[] = [], headers: Record<string, string> = {}): Promise<WebSocket> {
    const socket = new WebSocket(`wss://127.0.0.1:${this.server.port}${url}`, protocols, { rejectUnauthorized: false, headers });
    this.#sockets.push(socket);
    await new Promise<void>((resolve, reject) => { socket.once('open', resolve).once('error', reject); });
    return socket;
  }
  /** A caller over one WebSocket. */
  async wire(headers: Record<string, string> = {}): Promise<{ socket: WebSocket; call: (method: string, ...params: unknown[]) => Promise<unknown> }> {
    const socket = await this.socket('/jsonrpc', [], headers), waiting = new Map<number, (reply: RpcReply) => void>();
    let next = 0;
    socket.on('message', (data: Buffer) => { const reply = JSON.parse(data.toString()) as RpcReply; waiting.get(reply.id as number)?.(reply); waiting.delete(reply.id as number); });
    return { socket, call: (method, ...params) => new Promise<RpcReply>(resolve => {
      const id = ++next;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ jsonrpc: '2.0', method, params, id }));
    }).then(unwrap) };
  }

  #fill(): void {
    this.store.transaction(tx => {
      const host = tx.create('host', { name_label: 'h', address: '127.0.0.1', enabled: true, software_version: { product_brand: 'XenServer', product_version: '8.0.0' } });
      const sr = tx.create('SR', { name_label: 'local', type: 'dir' }), vm = tx.create('VM', { name_label: 'vm one', power_state: 'Running', memory_static_max: 2 ** 40, is_a_template: false });
      this.pool = tx.create('pool', { name_label: '', master: host, default_SR: sr });
      this.console = tx.create('console', { VM: vm, protocol: 'rfb', location: `https://127.0.0.1/console?uuid=${randomUUID()}` });
      tx.create('VBD', { VM: vm, userdevice: '0' });
      [this.host, this.vm, this.sr] = [host, vm, sr];
    });
  }

  #brain(handlers: Handlers): Brain {
    return {
      handlers: {
        'VM.start': async ({ task }, vm, startPaused) => {
          this.store.get('VM', vm);
          for (const part of [0.25, 0.5, 0.75]) { task.signal.throwIfAborted(); task.progress(part); await new Promise(resolve => { setImmediate(resolve); }); }
          if (startPaused) throw new ApiError('VM_BAD_POWER_STATE', vm, 'halted', 'running');
        },
        'VM.clone': (_context, vm, name) => this.store.transaction(tx => tx.create('VM', { name_label: name, power_state: tx.get('VM', vm).power_state })),
        'VM.create': (_context, record) => this.store.transaction(tx => tx.create('VM', { name_label: record.name_label, order: record.order, memory_static_max: record.memory_static_max })),
        'VM.pause': ({ task }) => new Promise((_resolve, reject) => { task.signal.addEventListener('abort', () => { reject(new Error('aborted')); }); }),
        'VM.unpause': () => { throw new TypeError('a bug'); },
        'host.compute_free_memory': () => 2 ** 40,
        ...handlers,
      },
      scrape: () => ({ is: 'off' }),
      writeVdi: () => Promise.reject(new Error('there is no storage here')),
      archives: { exportVm: nothingHere, exportMetadata: nothingHere, importVm: nothingHere, importMetadata: nothingHere, exportVdi: nothingHere, importVdi: nothingHere },
      arrivals: { through: nothingHere, outcome: () => ({ state: 'refused' }), forget: () => {} },
      p2v: { open: noP2v, state: () => ({ state: '', disks: [] }), put: noP2v, finish: noP2v, giveUp: noP2v },
      p2vIso: () => undefined,
      screenshot: ({ uuid }) => (uuid === this.store.get('console', this.console).uuid ? Promise.resolve(Buffer.from('\x89PNG')) : Promise.reject(new ApiError('UUID_INVALID', 'console', uuid ?? ''))),
      openConsole: of => {
        if (of.uuid !== undefined && of.uuid !== this.store.get('console', this.console).uuid) return Promise.reject(new ApiError('UUID_INVALID', 'console', of.uuid));
        if (of.ref !== undefined) { const record: Readonly<Records['VM']> = this.store.get('VM', of.ref); if (record.power_state !== 'Running') return Promise.reject(new ApiError('VM_BAD_POWER_STATE', of.ref, 'running', record.power_state)); }
        const [ours, theirs] = pair();
        this.consoles.push(ours);
        return Promise.resolve({ stream: theirs, protocol: 'rfb' });
      },
    };
  }
}

const nothingHere = (): Promise<never> => Promise.reject(new Error('there is no storage here'));

interface RpcReply { id?: unknown; result?: unknown; error?: { code: number; message: string; data: string[] } | null }
const unwrap = (reply: RpcReply): unknown => {
  if (reply.error) throw ApiError.fromWire(reply.error.message, reply.error.data);
  return reply.result;
};

/** Two ends of one wire, with back pressure. */
export const pair = (): [Duplex, Duplex] => {
  const make = (other: () => Duplex): Duplex & { more?: (() => void) | undefined } => {
    const end: Duplex & { more?: (() => void) | undefined } = new Duplex({
      read: () => { const more = end.more; end.more = undefined; more?.(); },
      write: (chunk, _encoding, done) => { const to = other() as typeof end; if (to.push(chunk)) done(); else to.more = done; },
      final: done => { other().push(null); done(); },
      destroy: (error, done) => { other().destroy(); done(error); },
    });
    return end;
  };
  const a: Duplex = make(() => b), b: Duplex = make(() => a);
  return [a, b];
};

const noP2v = (): Promise<never> => Promise.reject(new Error('no machine is brought in here'));
