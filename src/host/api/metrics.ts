import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { ApiError } from '../../shared/api';
import type { LiveArchives } from '../metrics/archives';
import { RrdError, type Owner } from '../metrics/contract';
import { jsonDocument, snapshotOf, xmlDocument } from '../metrics/document';
import type { Consolidation } from '../metrics/forms';
import { updates } from '../metrics/updates';
import type { Auditor } from '../operations/audit/auditor';
import type { Log } from '../operations/contract';
import type { Sessions } from '../operations/session/sessions';
import type { Store } from '../store/contract';
import { answer, answerError, withAsker } from './exchange';
import { readBody } from './http';

/* GET /rrd_updates, /vm_rrd, /host_rrd, /sr_rrd (/vm_rrds and so on are their old names, found by their beginning) and PUT /rrd, as xcp-rrdd
 * serves them: XML, or JSON where the query has `json` or the client takes nothing else. An answer is made in turns, so that a big one holds up
 * nobody, and kept until the next tick: several consoles ask the same. */

export interface MetricsServices { metrics: LiveArchives; store: Store; sessions: Sessions; auditor: Auditor; log: Log }
export type Serve = (request: IncomingMessage, response: ServerResponse) => boolean;

const PATHS = ['/rrd_updates', '/vm_rrd', '/host_rrd', '/sr_rrd'] as const;
type Path = typeof PATHS[number];
const PERMISSION = { '/rrd_updates': 'rrd_updates', '/vm_rrd': 'vm_rrd', '/host_rrd': 'host_rrd', '/sr_rrd': 'sr_rrd' } as const;

const PIECE_CHARS = 64 * 1024;
/** So long may an answer be worked on before others have their turn. */
const TURN_MS = 10;
const KEPT_BYTES_MAX = 32 * 1024 * 1024;

export const createMetrics = (services: MetricsServices): Serve => {
  const made = keepAnswers(services.metrics);
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'https://host'), path = PATHS.find(prefix => url.pathname.startsWith(prefix));
    const isPut = request.method === 'PUT' && /^\/rrd\/?$/.test(url.pathname);
    if (!isPut && (path === undefined || (request.method !== 'GET' && request.method !== 'HEAD'))) return false;
    if (!isPut) request.resume();
    const work = isPut ? put(request, response, url.searchParams, services) : get(request, response, path ?? '/rrd_updates', url.searchParams, services, made);
    work.catch((error: unknown) => { answerError(request, response, error, services.log); });
    return true;
  };
};

const get = async (request: IncomingMessage, response: ServerResponse, path: Path, query: URLSearchParams, services: MetricsServices, made: KeptAnswers): Promise<void> => {
  await withAsker(request, query, services, PERMISSION[path], () => Promise.resolve());
  const json = wantsJson(request, query), tag = `"${services.metrics.revision}${json ? 'j' : 'x'}"`;
  const headers = { etag: tag, vary: 'accept', 'cache-control': 'private, no-cache', 'access-control-allow-origin': '*', 'access-control-allow-headers': 'X-Requested-With' };
  // What it names is looked at first: a VM that is gone is no cached answer.
  const pieces = path === '/rrd_updates' ? updatesOf(services, query, json) : documentOf(services, path, query, json);
  if (request.headers['if-none-match'] === tag) { response.writeHead(304, headers).end(); return; }
  query.delete('session_id');
  query.sort();
  const body = await made(`${path}?${query.toString()} ${json}`, pieces);
  if (response.destroyed) return;
  response.writeHead(200, { 'content-type': json ? 'application/json' : 'text/xml', 'content-length': body.length, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
};

const wantsJson = (request: IncomingMessage, query: URLSearchParams): boolean => {
  const accepted = (request.headers.accept ?? '').split(',').map(type => type.split(';')[0]?.trim().toLowerCase());
  return query.has('json') || (accepted.includes('application/json') && !accepted.some(type => type === 'text/xml' || type === 'application/xml'));
};

const updatesOf = ({ metrics, store }: MetricsServices, query: URLSearchParams, json: boolean): Iterable<string> => {
  const start = wholeNumber(query, 'start');
  if (start === undefined) throw new ApiError('INVALID_VALUE', 'start', query.get('start') ?? '');
  const kind = query.get('cf') ?? undefined, present = metrics.present();
  if (kind !== undefined && !isConsolidation(kind)) throw new ApiError('INVALID_VALUE', 'cf', kind);
  /** All: those whose values come. Named: also those that are kept only. */
  const chosen = (owner: 'vm' | 'sr', key: string, none: readonly Owner[]): readonly Owner[] => {
    const named = query.getAll(key);
    if (named.includes('all')) return present.filter(one => one.kind === owner);
    return named.length === 0 ? none : named.filter(uuid => uuid !== 'none' && isKnown(store, { kind: owner, uuid })).map(uuid => ({ kind: owner, uuid }));
  };
  const owners = [
    ...(query.get('host') === 'true' ? present.filter(({ kind: owner }) => owner === 'host') : []),
    ...chosen('vm', 'vm_uuid', present.filter(({ kind: owner }) => owner === 'vm')), ...chosen('sr', 'sr_uuid', []),
  ];
  return updates(metrics, { owners, start, kind, intervalSeconds: wholeNumber(query, 'interval') ?? 0 }, json);
};
const isConsolidation = (text: string): text is Consolidation => text === 'AVERAGE' || text === 'MIN' || text === 'MAX';
const wholeNumber = (query: URLSearchParams, name: string): number | undefined => { const text = query.get(name); return text !== null && /^-?\d{1,12}$/.test(text) ? Number(text) : undefined; };

const documentOf = ({ metrics, store }: MetricsServices, path: Exclude<Path, '/rrd_updates'>, query: URLSearchParams, json: boolean): Iterable<string> => {
  const kind = path === '/vm_rrd' ? 'vm' : path === '/sr_rrd' ? 'sr' : 'host', uuid = kind === 'host' ? [...store.all('host').values()][0]?.uuid : query.get('uuid');
  if (uuid === null || uuid === undefined || uuid === '') throw new ApiError('INVALID_VALUE', 'uuid', '');
  const snapshot = isKnown(store, { kind, uuid }) ? metrics.read({ kind, uuid }, snapshotOf) : undefined;
  if (!snapshot) throw new ApiError('UUID_INVALID', CLASS_OF[kind], uuid);
  return json ? jsonDocument(snapshot) : xmlDocument(snapshot);
};

const CLASS_OF = { host: 'host', vm: 'VM', sr: 'SR' } as const;
const isKnown = (store: Store, { kind, uuid }: Owner): boolean => { try { store.byUuid(CLASS_OF[kind], uuid); return true; } catch { return false; } };

/** As a XenServer sends it along with a VM that moves. */
const put = async (request: IncomingMessage, response: ServerResponse, query: URLSearchParams, services: MetricsServices): Promise<void> => {
  await withAsker(request, query, services, 'rrd', () => Promise.resolve());
  const uuid = query.get('uuid') ?? '', kind = (['vm', 'host', 'sr'] as const).find(one => isKnown(services.store, { kind: one, uuid }));
  if (kind === undefined) throw new ApiError('UUID_INVALID', 'VM', uuid);
  const body = await readBody(request);
  if (body === 'gone') return;
  if (body === 'too-large') throw new ApiError('INVALID_VALUE', 'document', 'too large');
  try { services.metrics.importRrd({ kind, uuid }, body.toString('utf8')); } catch (error) {
    throw error instanceof RrdError ? new ApiError('INVALID_VALUE', 'document', error.message) : error;
  }
  answer(request, response, 200, '');
};

type KeptAnswers = (key: string, pieces: Iterable<string>) => Promise<Buffer>;
/** Of one revision, until they are too much. */
const keepAnswers = (metrics: LiveArchives): KeptAnswers => {
  const kept = new Map<string, Promise<Buffer>>();
  let revision = '', bytes = 0;
  return async (key, pieces) => {
    if (metrics.revision !== revision || bytes > KEPT_BYTES_MAX) { kept.clear(); bytes = 0; revision = metrics.revision; }
    const known = kept.get(key);
    if (known) return known;
    const body = collect(pieces);
    kept.set(key, body);
    body.then(({ length }) => { bytes += length; }, () => { kept.delete(key); });
    return body;
  };
};

const collect = async (pieces: Iterable<string>): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let text = '', since = performance.now();
  for (const piece of pieces) {
    text += piece;
    if (text.length > PIECE_CHARS) { parts.push(Buffer.from(text)); text = ''; }
    if (performance.now() - since < TURN_MS) continue;
    await turn();
    since = performance.now();
  }
  parts.push(Buffer.from(text));
  return Buffer.concat(parts);
};
