/* A host that speaks XenAPI on a real TLS socket (JSON-RPC by WebSocket and POST, XML-RPC, event.from, consoles), and can be slow,
 * silent or wrong: what the client must bear from hosts of other versions, and from dying ones. */
import { randomUUID, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { createWebSocketStream, WebSocketServer, type WebSocket } from 'ws';
import { BARE, failure, SUCCESS, toXml } from '../../src/host/api/xml';
import { ApiError } from '../../src/shared/api';
import { readMethodCall } from '../../src/shared/lib/xml-reader';

export interface PeerCertificate { key: string; cert: string; fingerprint: string }
export const makeCertificate = async (): Promise<PeerCertificate> => {
  const made = await generate([{ name: 'commonName', value: 'xenapi-peer' }], { keyType: 'ec', algorithm: 'sha256' });
  return { key: made.private, cert: made.cert, fingerprint: new X509Certificate(made.cert).fingerprint256 };
};

export interface PeerBehaviour {
  /** What comes of a WebSocket upgrade; XenServer and XCP-ng have it for consoles only, if at all. */
  upgrade: 'accept' | 'consoles' | 'refuse' | 'hang-up' | 'silent';
  /** Methods that are never answered. */
  silent: Set<string>;
  /** Half-open: reads, and never says anything, not even a pong. */
  deaf: boolean;
  /** JSON-RPC 1.0 answers, as older hosts give. */
  version1: boolean;
  /** Sent instead of any answer. */
  garbage?: string;
  password: string;
  consoleStatus?: number;
  /** Refuses to tell of classes that it does not know, as some releases do. */
  strictClasses?: ReadonlySet<string>;
}
type Answer = (params: readonly unknown[]) => unknown;
interface Stored { cls: string; ref: string; record: Record<string, unknown> | undefined; generation: number }

export class XenapiPeer {
  readonly behaviour: PeerBehaviour = { upgrade: 'accept', silent: new Set(), deaf: false, version1: false, password: 'secret' };
  /** Every method asked, in order. */
  readonly asked: string[] = [];
  /** `user password` of every login. */
  readonly logins: string[] = [];
  /** Bytes of requests read after TLS: to prove that nothing was sent to a stranger. */
  bytesRead = 0;
  port = 0;
  certificate: PeerCertificate;
  /** What a console does with its stream; by default it sends back what it gets. */
  onConsole: (stream: Duplex, url: URL) => void = stream => { stream.pipe(stream); };
  /** Methods without an answer of their own. */
  otherwise: (method: string, params: readonly unknown[]) => unknown = method => { throw new ApiError('MESSAGE_METHOD_UNKNOWN', method); };
  /** Of a pool: the same for all its hosts. */
  sessions = new Set<string>();
  /** Documents, such as figures. */
  onGet: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => { response.writeHead(404).end('no'); };
  /** What comes of a PUT; by default there is nothing to put to. */
  onPut: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => { response.writeHead(404).end('no'); };
  consoleRequests: { method: string; url: string; cookie: string | undefined; protocol: string | undefined }[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #objects = new Map<string, Stored>();
  readonly #sockets = new Set<Duplex>();
  readonly #waiting = new Set<() => void>();
  #generation = 1;
  #lost = false;
  #server: https.Server | undefined;

  constructor(certificate: PeerCertificate) { this.certificate = certificate; }
  static async start(): Promise<XenapiPeer> {
    const peer = new XenapiPeer(await makeCertificate());
    await peer.listen();
    return peer;
  }

  get address(): { host: string; port: number } { return { host: '127.0.0.1', port: this.port }; }
  get addressText(): string { return `127.0.0.1:${this.port}`; }
  get fingerprint(): string { return this.certificate.fingerprint; }
  get sessionCount(): number { return this.sessions.size; }
  get socketCount(): number { return this.#sockets.size; }

  /** Opens the same port again if it had one. */
  async listen(): Promise<void> {
    const server = https.createServer({ key: this.certificate.key, cert: this.certificate.cert });
    const sockets = new WebSocketServer({ noServer: true, autoPong: false, handleProtocols: offered => (offered.has('binary') ? 'binary' : false) });
    server.on('secureConnection', (socket: TLSSocket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => { this.#sockets.delete(socket); });
    });
    server.on('request', (request, response) => {
      if (request.method === 'PUT') { this.onPut(request, response); return; }
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => { chunks.push(chunk); this.bytesRead += chunk.length; });
      request.on('end', () => {
        if (request.method === 'GET') { this.onGet(request, response); return; }
        if (request.method !== 'POST') { response.writeHead(404).end('no'); return; }
        const isJson = request.url?.startsWith('/jsonrpc') === true, asked = Buffer.concat(chunks).toString();
        void (isJson ? this.#answer(asked) : this.#answerXml(asked)).then(text => {
          if (text !== undefined) response.writeHead(200, { 'content-type': isJson ? 'application/json' : 'text/xml', 'content-length': Buffer.byteLength(text) }).end(text);
        });
      });
    });
    server.on('upgrade', (request, socket, head) => { this.bytesRead += 1; this.#upgrade(sockets, request, socket, head); });
    server.on('connect', (request, socket) => { this.#connectConsole(request, socket); });
    await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(this.port, '127.0.0.1', resolve); });
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** As when the service dies: every socket is cut, the port is closed. Sessions are forgotten, objects stay. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.dropSockets();
    this.sessions.clear();
    if (server) await new Promise<void>(resolve => { server.close(() => { resolve(); }); });
  }
  dropSockets(): void { for (const socket of this.#sockets) socket.destroy(); }
  async changeCertificate(): Promise<void> {
    await this.stop();
    this.certificate = await makeCertificate();
    await this.listen();
  }

  /** Sets the answer to a method; throw an ApiError in it to refuse. */
  answer(method: string, answer: Answer): void { this.#answers.set(method, answer); }
  put(cls: string, ref: string, record: Record<string, unknown>): void { this.#store({ cls, ref, record, generation: ++this.#generation }); }
  remove(cls: string, ref: string): void { this.#store({ cls, ref, record: undefined, generation: ++this.#generation }); }
  /** The next event.from that shows a token is told that it is worth nothing. */
  loseEvents(): void { this.#lost = true; this.#wake(); }
  invalidateSessions(): void { this.sessions.clear(); this.#wake(); }

  #store(stored: Stored): void { this.#objects.set(`${stored.cls}/${stored.ref}`, stored); this.#wake(); }
  #wake(): void { for (const wake of [...this.#waiting]) wake(); }

  async #answer(text: string): Promise<string | undefined> {
    const { id, method, params } = JSON.parse(text) as { id: number; method: string; params: unknown[] };
    this.asked.push(method);
    if (this.behaviour.deaf || this.behaviour.silent.has(method)) return undefined;
    if (this.behaviour.garbage !== undefined) return this.behaviour.garbage;
    try {
      const result = await this.#dispatch(method, params) ?? '';
      return written(this.behaviour.version1 ? { result, error: null, id } : { jsonrpc: '2.0', result, id });
    } catch (error) {
      const refused = refusalOf(error);
      return JSON.stringify(this.behaviour.version1
        ? { result: null, error: [refused.code, ...refused.params], id }
        : { jsonrpc: '2.0', error: { code: 1, message: refused.code, data: refused.params }, id });
    }
  }

  async #answerXml(text: string): Promise<string | undefined> {
    const { method, params } = readMethodCall(text);
    this.asked.push(method);
    if (this.behaviour.deaf || this.behaviour.silent.has(method)) return undefined;
    try {
      return (method === 'system.listMethods' ? BARE : SUCCESS).join(toXml({ t: 'any' }, await this.#dispatch(method, params)));
    } catch (error) { const { code, params: why } = refusalOf(error); return failure([code, ...why]); }
  }

  #dispatch(method: string, params: unknown[]): unknown {
    const own = this.#answers.get(method);
    if (method === 'session.login_with_password') {
      const [user, password] = params as string[];
      this.logins.push(`${user} ${password}`);
      if (own) return own(params);
      if (password !== this.behaviour.password) throw new ApiError('SESSION_AUTHENTICATION_FAILED', user ?? '', 'Authentication failure');
      const session = `OpaqueRef:${randomUUID()}`;
      this.sessions.add(session);
      return session;
    }
    const session = params[0] as string;
    if (!method.startsWith('system.') && !this.sessions.has(session)) throw new ApiError('SESSION_INVALID', session);
    if (method === 'session.logout') { this.sessions.delete(session); this.#wake(); return ''; }
    if (own) return own(params.slice(1));
    if (method === 'event.from') return this.#eventFrom(session, params[1] as string[], params[2] as string, params[3] as number);
    return this.otherwise(method, method.startsWith('system.') ? params : params.slice(1));
  }

  /** Where the events are now. */
  get token(): string { return `${String(this.#generation).padStart(20, '0')},${'0'.repeat(20)}`; }

  async #eventFrom(session: string, classes: readonly string[], token: string, timeoutS: number): Promise<unknown> {
    const { strictClasses } = this.behaviour, stranger = strictClasses && classes.find(cls => cls !== '*' && !strictClasses.has(cls.split('/')[0]?.toLowerCase() ?? ''));
    if (stranger !== undefined) throw new ApiError('EVENT_SUBSCRIPTION_PARSE_FAILURE', stranger);
    const since = token === '' ? 0 : Number(token.split(',')[0]);
    const asked = (stored: Stored): boolean => classes.some(c => {
      const [cls = '', ref] = c.split('/');
      return (cls === '*' || cls.toLowerCase() === stored.cls.toLowerCase()) && (ref === undefined || ref === stored.ref);
    });
    const news = (): Stored[] => [...this.#objects.values()].filter(o => o.generation > since && asked(o) && (since > 0 || o.record !== undefined));
    if (token !== '' && news().length === 0 && !this.#lost) await this.#change(timeoutS);
    if (!this.sessions.has(session)) throw new ApiError('SESSION_INVALID', session);
    if (token !== '' && this.#lost) { this.#lost = false; throw new ApiError('EVENTS_LOST'); }
    const events = news().map(o => ({
      id: String(o.generation), timestamp: '0.0', class: o.cls.toLowerCase(), operation: o.record ? (since > 0 ? 'mod' : 'add') : 'del', ref: o.ref, ...(o.record ? { snapshot: o.record } : {}),
    }));
    return { events, valid_ref_counts: {}, token: this.token };
  }
  #change(timeoutS: number): Promise<void> {
    return new Promise(resolve => {
      const wake = (): void => { clearTimeout(timer); this.#waiting.delete(wake); resolve(); };
      const timer = setTimeout(wake, timeoutS * 1_000);
      this.#waiting.add(wake);
    });
  }

  #upgrade(sockets: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'https://peer');
    if (url.pathname === '/console') this.consoleRequests.push({ method: 'GET', url: url.search, cookie: request.headers.cookie, protocol: request.headers['sec-websocket-protocol'] });
    if (this.behaviour.upgrade === 'silent') return;
    if (this.behaviour.upgrade === 'hang-up') { socket.destroy(); return; }
    const status = this.behaviour.upgrade === 'refuse' || (this.behaviour.upgrade === 'consoles' && url.pathname !== '/console') ? 404 : url.pathname === '/console' ? this.behaviour.consoleStatus : undefined;
    if (status !== undefined) { socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`); return; }
    sockets.handleUpgrade(request, socket, head, ws => {
      ws.on('ping', data => { if (!this.behaviour.deaf) ws.pong(data); });
      if (url.pathname === '/console') this.onConsole(createWebSocketStream(ws).on('error', () => undefined), url);
      else this.#serve(ws);
    });
  }
  #serve(ws: WebSocket): void {
    ws.on('error', () => undefined).on('message', data => {
      void this.#answer((data as Buffer).toString()).then(text => { if (text !== undefined && ws.readyState === ws.OPEN) ws.send(text); });
    });
  }
  #connectConsole(request: IncomingMessage, socket: Duplex): void {
    this.consoleRequests.push({ method: 'CONNECT', url: request.url ?? '', cookie: request.headers.cookie, protocol: undefined });
    const status = this.behaviour.consoleStatus ?? 200;
    if (status !== 200) { socket.end(`HTTP/1.1 ${status} No\r\n\r\n`); return; }
    socket.write('HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nCache-Control: no-cache, no-store\r\n\r\n');
    this.onConsole(socket, new URL(request.url ?? '/', 'https://peer'));
  }
}

const refusalOf = (error: unknown): ApiError => (error instanceof ApiError ? error : new ApiError('INTERNAL_ERROR', String(error)));
/** As xapi's library prints floats: NaN and the infinities bare, which is no JSON. */
const written = (answer: unknown): string => JSON.stringify(answer, (_name, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? `@${value}@` : value)).replace(/"@(NaN|-?Infinity)@"/g, '$1');
