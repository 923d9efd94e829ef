import type { IncomingMessage, ServerResponse } from 'node:http';
import { ENUMS, ERRORS, parseType, type ClassName, type Type } from '../../shared/api';
import { CLASSES } from '../../shared/api/generated/model';
import type { Method, Methods } from './methods';

/* GET /openrpc.json: all that this host serves, for machines that read OpenRPC, made from the data model and from what there are handlers for. No secret is in it, so nobody
 * is asked who they are. */

const OPENRPC_VERSION = '1.3.2', API_VERSION = '2.21';
type Schema = Readonly<Record<string, unknown>>;

/** Answers true: this request is ours and answered. */
export const createOpenRpc = (methods: Methods) => {
  let text: Buffer | undefined; // made when somebody first wants it: half a megabyte
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!/^\/openrpc\.json(\?|$)/.test(request.url ?? '') || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    request.resume();
    text ??= Buffer.from(JSON.stringify(openRpcDocument(methods)));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length, 'cache-control': 'no-cache', 'access-control-allow-origin': '*' });
    response.end(request.method === 'HEAD' ? undefined : text);
    return true;
  };
};

export const openRpcDocument = (methods: Methods): Schema => ({
  openrpc: OPENRPC_VERSION,
  info: {
    title: 'XenAPI of this host', version: API_VERSION, license: { name: 'MIT' },
    description: 'POST to /jsonrpc, or a WebSocket there. Parameters go by position, the session first. An error has the code 1, its XenAPI name as message and its parameters as data; x-errors has them all.',
  },
  servers: [{ name: 'this host', url: '/jsonrpc' }],
  methods: methods.names.map(name => describe(name, methods)),
  components: {
    schemas: {
      ...Object.fromEntries(Object.entries(ENUMS).map(([name, words]) => [`enum-${name}`, { type: 'string', enum: words }])),
      ...Object.fromEntries((Object.keys(CLASSES) as ClassName[]).map(cls => [cls, recordSchema(cls)])),
    },
  },
  'x-errors': ERRORS,
});

const parameter = (name: string, schema: Schema, optional = false, fallback?: unknown): Schema => ({ name, required: !optional, schema: fallback === undefined ? schema : { ...schema, default: fallback } });
const SESSION = parameter('session', { type: 'string', description: 'what session.login_with_password has answered' });
const SYSTEM: Readonly<Record<string, Schema>> = { 'system.listMethods': { type: 'array', items: { type: 'string' } }, 'system.isAlive': { type: 'string' } };

const describe = (name: string, methods: Methods): Schema => {
  const found = methods.find(name), common = { name, paramStructure: 'by-position' };
  if (found?.kind !== 'method' && found?.kind !== 'async') return { ...common, tags: [{ name: 'system' }], params: [], result: { name: 'result', schema: SYSTEM[name] ?? {} } };
  const { method, kind } = found;
  return {
    ...common, tags: [{ name: method.cls }], params: parametersOf(method), 'x-role': method.message.role,
    result: kind === 'async' ? { name: 'task', schema: { type: 'string', description: 'reference of a task' } } : { name: 'result', schema: schemaOf(method.result) },
  };
};

const parametersOf = ({ noSession, params }: Method): Schema[] =>
  [...(noSession ? [] : [SESSION]), ...params.map(({ name, type, optional, fallback }) => parameter(name, schemaOf(type), optional, fallback))];

/** Events are written as they come, numbers as texts, whatever the data model says of their class. */
const EVENT: Schema = { type: 'object', properties: { ...Object.fromEntries(['id', 'timestamp', 'class', 'ref'].map(name => [name, { type: 'string' }])), operation: { enum: ENUMS['event_operation'] }, snapshot: { type: 'object' } } };
const recordSchema = (cls: ClassName): Schema => (cls === 'event' ? EVENT : { type: 'object', properties: Object.fromEntries(CLASSES[cls].fields.map(({ name, type, q }) => [name, { ...schemaOf(parseType(type)), ...(q === 'RO/runtime' ? { readOnly: true } : {}) }])) });

const schemaOf = (type: Type): Schema => {
  switch (type.t) {
    case 'string': return { type: 'string' };
    case 'int': return { type: 'integer' };
    case 'float': return { type: 'number' };
    case 'bool': return { type: 'boolean' };
    case 'datetime': return { type: 'string', description: 'UTC, as 20260102T03:04:05Z' };
    case 'void': return { type: 'string', enum: [''] };
    case 'ref': return { type: 'string', description: `reference of a ${type.cls}` };
    case 'enum': return { $ref: `#/components/schemas/enum-${type.name}` };
    case 'record': return Object.hasOwn(CLASSES, type.cls) ? { $ref: `#/components/schemas/${type.cls}` } : { type: 'object' };
    case 'set': return { type: 'array', items: schemaOf(type.of) };
    case 'map': return { type: 'object', additionalProperties: schemaOf(type.value) };
    case 'struct': return { type: 'object', properties: Object.fromEntries(type.fields.map(([name, of]) => [name, schemaOf(of)])) };
    case 'option': return { oneOf: [schemaOf(type.of), { type: 'null' }] };
    case 'any': return {};
  }
};
