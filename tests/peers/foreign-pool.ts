/* A pool of three hosts that are not ours, on three real TLS sockets: a coordinator that speaks XenAPI of its release, and members that send everybody to it
 * (HOST_IS_SLAVE) but have the consoles and figures of their own VMs. Calls by POST only; what is elsewhere is a 302. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../../src/shared/api';
import { allowedFor, HOSTS, poolRecords, refOf, type Records } from './foreign-records';
import { classesOf, fieldsOf, methodsOf, recordAt, type Release } from './releases';
import { XenapiPeer } from './xenapi-peer';

/** What an operation makes of a VM. */
const ENDS: Readonly<Record<string, string>> = { start: 'Running', clean_shutdown: 'Halted', hard_shutdown: 'Halted', pause: 'Paused', unpause: 'Running', suspend: 'Suspended', resume: 'Running', clean_reboot: 'Running', hard_reboot: 'Running' };

export class ForeignPool {
  readonly release: Release;
  readonly hosts: readonly XenapiPeer[];
  readonly records: Records;
  /** What was uploaded to which host. */
  readonly uploads: { host: string; path: string; bytes: number }[] = [];
  readonly #methods: ReadonlySet<string>;

  private constructor(release: Release, hosts: readonly XenapiPeer[]) {
    this.release = release;
    this.hosts = hosts;
    this.records = poolRecords(release, hosts.map(host => host.addressText));
    this.#methods = methodsOf(release);
    const sessions = new Set<string>();
    hosts.forEach((host, i) => {
      host.sessions = sessions;
      host.behaviour.upgrade = release === 'stockholm' ? 'refuse' : 'consoles';
      host.onGet = (request, response) => { this.#get(i, request, response); };
      host.onPut = (request, response) => { this.#put(i, request, response); };
      host.onConsole = stream => { stream.end(`RFB 003.008\n${HOSTS[i] ?? ''}`); };
      if (i > 0) host.answer('session.login_with_password', () => { throw new ApiError('HOST_IS_SLAVE', this.coordinator.addressText); });
      host.otherwise = i > 0 ? () => { throw new ApiError('HOST_IS_SLAVE', this.coordinator.addressText); } : (method, params) => this.#call(method, params as string[]);
    });
    if (release === 'stockholm') this.coordinator.behaviour.strictClasses = new Set(classesOf(release).map(cls => cls.toLowerCase()));
    for (const [ref, { cls, record }] of this.records) this.coordinator.put(cls, ref, record);
  }
  static async start(release: Release): Promise<ForeignPool> { return new ForeignPool(release, await Promise.all(HOSTS.map(() => XenapiPeer.start()))); }
  async stop(): Promise<void> { await Promise.all(this.hosts.map(host => host.stop())); }

  get coordinator(): XenapiPeer { return this.hosts[0] as XenapiPeer; }
  record(cls: string, ref: string): Record<string, unknown> {
    const kept = this.records.get(ref);
    if (kept?.cls !== cls) throw new ApiError('HANDLE_INVALID', cls, ref);
    return kept.record;
  }
  change(cls: string, ref: string, fields: Readonly<Record<string, unknown>>): void {
    const record = { ...this.records.get(ref)?.record, ...fields };
    this.records.set(ref, { cls, record });
    this.coordinator.put(cls, ref, record);
  }

  #call(method: string, params: readonly string[]): unknown {
    if (method === 'system.listMethods') return [...this.#methods, 'system.listMethods'];
    if (method.startsWith('Async.')) return this.#inTask(method.slice('Async.'.length), params);
    if (!this.#methods.has(method)) throw new ApiError('MESSAGE_METHOD_UNKNOWN', method);
    const [cls = '', message = ''] = method.split('.'), [ref = '', value] = params;
    const own = (): [string, Record<string, unknown>][] => [...this.records].filter(([, kept]) => kept.cls === cls).map(([at, { record }]) => [at, record]);
    if (message === 'get_all_records') return Object.fromEntries(own());
    if (message === 'get_all') return own().map(([at]) => at);
    if (message === 'get_record') return this.record(cls, ref);
    if (message === 'get_by_name_label') return own().filter(([, record]) => record['name_label'] === ref).map(([at]) => at);
    if (method === 'event.inject') { this.change(ref, value ?? '', {}); return this.coordinator.token; }
    if (method === 'host.get_server_certificate') return this.hosts[HOSTS.findIndex(name => refOf('host', name) === ref)]?.certificate.cert;
    if (method === 'task.destroy') { this.records.delete(ref); this.coordinator.remove('task', ref); return ''; }
    if (cls === 'VM' && Object.hasOwn(ENDS, message)) return this.#operate(message, ref);
    return this.#field(cls, message, params);
  }

  #field(cls: string, message: string, [ref = '', key = '', value]: readonly string[]): unknown {
    const [, verb, field = ''] = /^(get|set|add_to|remove_from)_(\w+)$/.exec(message) ?? [];
    if (!fieldsOf(this.release, cls).includes(field)) throw new ApiError('MESSAGE_METHOD_UNKNOWN', `${cls}.${message}`);
    const before = this.record(cls, ref)[field];
    if (verb === 'get') return before;
    const { [key]: _gone, ...others } = before as Readonly<Record<string, unknown>>;
    this.change(cls, ref, { [field]: verb === 'set' ? key : verb === 'add_to' ? { ...others, [key]: value } : others });
    return '';
  }

  #operate(operation: string, ref: string): string {
    const { power_state, allowed_operations } = this.record('VM', ref) as { power_state: string; allowed_operations: readonly string[] };
    if (!allowed_operations.includes(operation)) throw new ApiError('VM_BAD_POWER_STATE', ref, 'other', power_state.toLowerCase());
    const ends = ENDS[operation] ?? '', up = ends === 'Running' || ends === 'Paused';
    this.change('VM', ref, { power_state: ends, allowed_operations: allowedFor(ends), resident_on: up ? refOf('host', HOSTS[1]) : 'OpaqueRef:NULL' });
    return '';
  }

  #inTask(method: string, params: readonly string[]): string {
    const task = `OpaqueRef:${randomUUID()}`, made = recordAt(this.release, 'task', { uuid: randomUUID(), name_label: `Async.${method}`, status: 'pending', created: '20261129T08:00:00Z', type: '<none/>' });
    this.records.set(task, { cls: 'task', record: made });
    this.coordinator.put('task', task, made);
    setImmediate(() => {
      const end = (fields: Readonly<Record<string, unknown>>): void => { this.change('task', task, { progress: 1, finished: '20261129T08:00:01Z', ...fields }); };
      try { this.#call(method, params); end({ status: 'success', result: '<value></value>' }); } catch (error) {
        const { code, params: why } = error instanceof ApiError ? error : new ApiError('INTERNAL_ERROR', String(error));
        end({ status: 'failure', error_info: [code, ...why] });
      }
    });
    return task;
  }

  /** The host that has it; -1: none. */
  #placeOf(url: URL): number {
    const by = (cls: string): string | undefined => [...this.records].find(([ref, kept]) => kept.cls === cls && (kept.record['uuid'] === url.searchParams.get('uuid') || ref === (url.searchParams.get('ref') ?? url.searchParams.get('vdi'))))?.[0];
    const home = url.pathname === '/import_raw_vdi' ? refOf('host', HOSTS[2]) : this.records.get(by('VM') ?? '')?.record['resident_on'] ?? by('host');
    return HOSTS.findIndex(name => refOf('host', name) === home);
  }

  /** What one host says on its own paths; what another has is there. */
  #elsewhere(i: number, request: IncomingMessage, response: ServerResponse): URL | undefined {
    const url = new URL(request.url ?? '/', 'https://peer'), session = /session_id=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? url.searchParams.get('session_id') ?? '';
    if (!this.coordinator.sessions.has(decodeURIComponent(session))) { response.writeHead(401).end('no'); return undefined; }
    const place = url.pathname === '/rrd_updates' ? i : this.#placeOf(url);
    if (place < 0) { response.writeHead(404).end('no'); return undefined; }
    if (place !== i) { response.writeHead(302, { location: `https://${this.hosts[place]?.addressText ?? ''}${request.url ?? ''}`, connection: 'close' }).end(); return undefined; }
    return url;
  }

  #get(i: number, request: IncomingMessage, response: ServerResponse): void {
    const url = this.#elsewhere(i, request, response);
    if (!url) return;
    if (url.pathname === '/export') { response.writeHead(200).end(`an archive from ${HOSTS[i] ?? ''}`); return; }
    response.writeHead(200, { 'content-type': 'application/json' }).end(url.pathname === '/rrd_updates' ? this.#updates(i) : this.#archive());
  }

  #put(i: number, request: IncomingMessage, response: ServerResponse): void {
    const url = this.#elsewhere(i, request, response);
    if (!url) return;
    let bytes = 0;
    request.on('data', (chunk: Buffer) => { bytes += chunk.length; }).on('end', () => {
      this.uploads.push({ host: HOSTS[i] ?? '', path: url.pathname, bytes });
      response.writeHead(200, { connection: 'close' }).end();
    });
  }

  /** Numbers in strings, as new hosts print them, or bare, NaN too, as older ones do. */
  #printed(document: object): string {
    const text = JSON.stringify(document);
    return this.release === 'stockholm' ? text.replace(/"(-?[\d.]+|NaN)"/g, '$1') : text;
  }
  #updates(i: number): string {
    const host = this.records.get(refOf('host', HOSTS[i] ?? ''))?.record as { uuid: string; resident_VMs: readonly string[] };
    const legend = [`AVERAGE:host:${host.uuid}:cpu_avg`, ...host.resident_VMs.map(ref => `AVERAGE:vm:${String(this.records.get(ref)?.record['uuid'])}:cpu0`)];
    return this.#printed({ meta: { start: '1764403200', step: '5', end: '1764403205', rows: '1', columns: String(legend.length), legend }, data: [{ t: '1764403205', values: legend.map((_entry, n) => (n === 1 ? 'NaN' : `0.${n + 1}`)) }] });
  }
  #archive(): string {
    return this.#printed({ version: '0003', step: '5', lastupdate: '1764403205', ds: [{ name: 'cpu0', type: 'GAUGE', minimal_heartbeat: '300', min: '0', max: '1', last_ds: '0', value: '0', unknown_sec: '0' }],
      rra: [{ cf: 'AVERAGE', pdp_per_row: '1', params: { xff: '0.5' }, cdp_prep: { ds: [] }, database: [['NaN'], ['0.25']] }] });
  }
}
