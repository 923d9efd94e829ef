/* The host's face: one HTTPS port with XenAPI by JSON-RPC and XML-RPC, JSON-RPC over WebSocket on /jsonrpc, consoles on
 * /console. No logic: sessions, tasks and events are operations like the others, and the brain's win over the generated ones. */
import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { KNOWN_DEFAULTS_HEADER } from '../../shared/api';
import { MODEL_MARK } from '../../shared/api/generated/model';
import { REQUEST_MAX_BYTES } from '../../shared/lib/limits';
import type { AuditLog } from '../audit/contract';
import type { LiveArchives } from '../metrics/archives';
import { createAuditor } from '../operations/audit/auditor';
import { auditFunctions } from '../operations/audit/functions';
import type { Brain, Handlers, Log } from '../operations/contract';
import { createEvents } from '../operations/event/events';
import { withFunctions } from '../operations/host/plugins';
import { createImplicit } from '../operations/implicit/implicit';
import { roleMessages } from '../operations/role/roles';
import { createSessions } from '../operations/session/sessions';
import { createTasks } from '../operations/task/tasks';
import type { MachineUsers } from '../users/contract';
import type { Store } from '../store/contract';
import { createAuditHandler } from './audit-log';
import { isFromElsewhere, sessionCookie } from './authenticate';
import { refuse, serveConsoleConnect, serveConsoleSocket } from './console';
import { createDispatcher } from './dispatch';
import { createRequestListener } from './http';
import { createMetrics } from './metrics';
import { buildMethods } from './methods';
import { createOpenRpc } from './openrpc';
import { createP2v } from './p2v';
import { createPrometheus } from './prometheus';
import { serveJsonRpc } from './socket';
import { createTransfers } from './transfers';
import { createSnapshots } from './vncsnapshot';
import { createWeb } from './web';

export interface ServerOptions {
  brain: Brain;
  store: Store;
  metrics: LiveArchives;
  audit: AuditLog;
  log: Log;
  listen: { address: string; /** 0: any free one. */ port: number };
  /** PEM. */
  tls: { cert: string; key: string };
  /** Aborted when the service stops: calls and tasks under way are told. Dispose the server after it, the store last. */
  stopping: AbortSignal;
  now?: () => number;
  /** Accepted as root's password from loopback addresses. */
  localToken?: { token: string };
  /** Where the console's own page lies, built. */
  web?: string;
  /** Users of the Linux machine. */
  machineUsers?: MachineUsers;
  /** Settings of tests. */
  wrongPasswordDelayMs?: number;
  patience?: Patience;
  uploadKeptMs?: number;
}
export interface Server {
  readonly port: number;
  /** Every method that answers, as system.listMethods says. */
  readonly methods: readonly string[];
  /** Resolves when every connection is closed. */
  dispose(): Promise<void>;
}

/** How long a client may take for its part. */
export interface Patience { tlsHandshakeMs: number; headersMs: number; requestMs: number }
const PATIENCE: Patience = { tlsHandshakeMs: 10_000, headersMs: 20_000, requestMs: 120_000 };

export const CONNECTIONS_MAX = 4000;
const KEEP_ALIVE_MS = 65_000;
const HALF_OPEN_PROBE_MS = 30_000;
const CONSOLE_FRAME_MAX_BYTES = 1024 * 1024;
const CLOSE_GRACE_MS = 1000;
const DROP_LOG_INTERVAL_MS = 60_000;

export const startServer = async (options: ServerOptions): Promise<Server> => {
  const { brain, store, metrics, audit, log, listen, tls, stopping, now = Date.now, patience = PATIENCE } = options;
  setMaxListeners(0, stopping);
  const sessions = createSessions({ store, log, now, audit, ...(options.machineUsers ? { machine: options.machineUsers } : {}), ...(options.localToken ? { localToken: options.localToken } : {}), ...(options.wrongPasswordDelayMs === undefined ? {} : { wrongPasswordDelayMs: options.wrongPasswordDelayMs }) });
  const tasks = createTasks({ store, log, now, stopping }), events = createEvents(store, sessions);
  const handlers: Handlers = { ...createImplicit(store), ...roleMessages, ...sessions.handlers, ...tasks.handlers, ...events.handlers, ...brain.handlers, ...withFunctions({ ...sessions.functions, ...auditFunctions(audit) }, brain.handlers['host.call_plugin']) };
  const auditor = createAuditor(audit, store);
  const methods = buildMethods(handlers), dispatcher = createDispatcher(methods, sessions, tasks, auditor, log, stopping);

  const services = { brain, sessions, auditor, tasks, log };
  const transfers = createTransfers(services, options.uploadKeptMs), measured = createMetrics({ metrics, store, sessions, auditor, log }), audited = createAuditHandler(audit, services), snapshots = createSnapshots(brain, services);
  const p2v = createP2v({ brain, sessions, auditor, log });
  const web = createWeb({ sessions, auditor, log, folder: options.web });
  const prometheus = createPrometheus(brain), openRpc = createOpenRpc(methods);
  const calls = new WebSocketServer({ noServer: true, maxPayload: REQUEST_MAX_BYTES, perMessageDeflate: false, handleProtocols: () => false });
  const consoles = new WebSocketServer({ noServer: true, maxPayload: CONSOLE_FRAME_MAX_BYTES, perMessageDeflate: false, clientTracking: false, handleProtocols: () => 'binary' });
  // xapi names the subprotocol whether it was offered or not.
  consoles.on('headers', (headers, request) => { if (request.headers['sec-websocket-protocol'] === undefined) headers.push('Sec-WebSocket-Protocol: binary'); });

  const server = https.createServer({
    ...tls, minVersion: 'TLSv1.2', handshakeTimeout: patience.tlsHandshakeMs, headersTimeout: patience.headersMs, requestTimeout: patience.requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS, connectionsCheckingInterval: patience.headersMs / 4, noDelay: true, keepAlive: true, keepAliveInitialDelay: HALF_OPEN_PROBE_MS,
  }, createRequestListener(dispatcher, log, (request, response) => transfers.serve(request, response) || p2v.serve(request, response) || measured(request, response) || audited(request, response) || snapshots(request, response) || prometheus(request, response) || openRpc(request, response) || web(request, response)));
  server.maxConnections = CONNECTIONS_MAX;
  const connections = trackConnections(server, log);
  const consoleServices = { brain, sessions, auditor, log };

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = pathOf(request);
    if (path.startsWith('/console')) serveConsoleSocket(request, socket, head, consoles, consoleServices);
    else if (path.startsWith('/jsonrpc')) {
      const session = sessionCookie(request), known = request.headers[KNOWN_DEFAULTS_HEADER] ?? new URL(request.url ?? '/', 'https://host').searchParams.get(KNOWN_DEFAULTS_HEADER); // a browser lets a page set no header
      if (session !== undefined && isFromElsewhere(request)) { socket.on('error', () => { /* its close follows */ }); refuse(socket, 403, 'a page of another origin asks'); return; }
      calls.handleUpgrade(request, socket, head, ws => serveJsonRpc(ws, { address: request.socket.remoteAddress ?? '', session, knowsDefaults: known === MODEL_MARK }, dispatcher, log));
    } else { socket.on('error', () => { /* its close follows */ }); refuse(socket, 404, 'no WebSocket here'); }
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (pathOf(request).startsWith('/console')) serveConsoleConnect(request, socket, head, consoleServices);
    else { socket.on('error', () => { /* its close follows */ }); refuse(socket, 404, 'no such tunnel'); }
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && transfers.isUploading(socket)) return;
    const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code?.startsWith('HPE_') ? 400 : undefined;
    // An answer to a client whose TLS handshake failed would never leave, nor the socket ever close.
    if (status === undefined || !socket.writable) socket.destroy();
    else refuse(socket, status, 'not a request that this host understands');
  });

  try {
    await new Promise<void>((resolve, reject) => { server.once('error', reject).listen({ host: listen.address, port: listen.port, backlog: 1024 }, resolve); });
  } catch (error) {
    events.dispose(); tasks.dispose(); sessions.dispose();
    throw error;
  }
  server.on('error', error => log.error('server failed', { error: String(error) }));

  return {
    port: (server.address() as AddressInfo).port,
    methods: methods.names,
    dispose: async () => {
      const closed = new Promise<void>(resolve => { server.close(() => resolve()); });
      events.dispose(); tasks.dispose(); sessions.dispose();
      await new Promise(resolve => { setImmediate(resolve); }); // those who waited have their answer now
      for (const ws of calls.clients) ws.close(1001);
      const late = setTimeout(() => { for (const socket of connections) socket.destroy(); }, CLOSE_GRACE_MS);
      await closed;
      clearTimeout(late);
    },
  };
};

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?')[0] ?? '';

/** All sockets, upgraded ones and those still in their handshake included. */
const trackConnections = (server: https.Server, log: Log): ReadonlySet<Socket> => {
  const connections = new Set<Socket>();
  let dropped = 0, told = -Infinity;
  server.on('connection', (socket: Socket) => { connections.add(socket); socket.once('close', () => connections.delete(socket)); });
  server.on('drop', () => {
    dropped++;
    if (performance.now() - told < DROP_LOG_INTERVAL_MS) return;
    told = performance.now();
    log.warn('too many connections, new ones are refused', { limit: CONNECTIONS_MAX, refused: dropped });
  });
  return connections;
};
