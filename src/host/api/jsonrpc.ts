import type { Answer, Dispatcher, Peer } from './dispatch';
import { jsonParts, toJson } from './json';
import { inPieces, isLong, type Pieces } from './long';

/* JSON-RPC 1.0 and 2.0 as xapi speaks them: the version goes by the presence of "jsonrpc": "2.0"; no batches; an id is a
 * number or a text. What is no call at all is answered in the same words as a call that failed. */

export interface Reply { text: string | Pieces; /** It was no JSON-RPC request. */ malformed: boolean }
type Id = string | number;

/** `isBrief`: events leave out what has its default in the data model. */
export const answerJson = (request: string, dispatcher: Dispatcher, peer: Peer, isBrief = false): Reply | Promise<Reply> => {
  let body: unknown;
  try { body = JSON.parse(request); } catch { return malformed('it is not JSON'); }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return malformed(Array.isArray(body) ? 'batches are not offered' : 'it is not an object');
  const { jsonrpc, method, params = [], id } = body as Readonly<Record<string, unknown>>;
  const isV2 = jsonrpc === '2.0';
  if (typeof id !== 'string' && typeof id !== 'number') return malformed('the id is neither a number nor a text', isV2);
  if (typeof method !== 'string') return malformed('the method is not a text', isV2, id);
  const list = Array.isArray(params) ? params as unknown[] : isV2 && typeof params === 'object' && params !== null ? [params] : undefined;
  if (!list) return malformed('params is not an array', isV2, id);
  const answer = dispatcher.call(method, list, peer);
  return answer instanceof Promise ? answer.then(a => write(a, isV2, id, isBrief)) : write(answer, isV2, id, isBrief);
};

/** Of bytes that are no text. */
export const NOT_UTF8 = ['INVALID_VALUE', 'request', 'not UTF-8'] as const;
export const errorJson = ([code = '', ...params]: readonly string[], isV2: boolean, id: Id | null): string => (isV2
  ? `{"jsonrpc":"2.0","error":${JSON.stringify({ code: 1, message: code, data: params })},"id":${JSON.stringify(id)}}`
  : `{"result":null,"error":${JSON.stringify([code, ...params])},"id":${JSON.stringify(id)}}`);

const malformed = (why: string, isV2 = true, id: Id | null = null): Reply =>
  ({ malformed: true, text: errorJson(['XMLRPC_UNMARSHAL_FAILURE', 'a JSON-RPC request', why], isV2, id) });

const write = (answer: Answer, isV2: boolean, id: Id, isBrief: boolean): Reply => {
  if (!answer.ok) return { malformed: false, text: errorJson(answer.error, isV2, id) };
  const { type, value } = answer, name = typeof id === 'number' ? String(id) : JSON.stringify(id);
  const [head, tail] = isV2 ? ['{"jsonrpc":"2.0","result":', `,"id":${name}}`] : ['{"result":', `,"error":null,"id":${name}}`];
  if (isLong(type, value)) return { malformed: false, text: inPieces(head, () => jsonParts(type, value, isBrief), tail) };
  return { malformed: false, text: head + (isBrief ? [...jsonParts(type, value, true)].join('') : toJson(type, value)) + tail };
};
