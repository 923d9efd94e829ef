/* What QEMU may say on a QMP socket, checked: one line of text becomes one of these, or an error that says why not. */

export interface QmpEvent { name: string; data: Readonly<Record<string, unknown>> }
export type QmpMessage =
  | { is: 'greeting' }
  | { is: 'event'; event: QmpEvent }
  | { is: 'return'; id: number; value: unknown }
  /** Without id: QEMU could not read what we sent. */
  | { is: 'error'; id: number | undefined; class: string; desc: string };

export const parseMessage = (line: string): QmpMessage => {
  const message = asObject(parseJson(line), line);
  if ('QMP' in message) return { is: 'greeting' };
  if (typeof message['event'] === 'string') {
    return { is: 'event', event: { name: message['event'], data: asObject(message['data'] ?? {}, line) } };
  }
  if ('return' in message && typeof message['id'] === 'number') return { is: 'return', id: message['id'], value: message['return'] };
  if ('error' in message) {
    const error = asObject(message['error'], line), id = message['id'];
    return { is: 'error', id: typeof id === 'number' ? id : undefined, class: String(error['class']), desc: String(error['desc']) };
  }
  throw new Error(`neither greeting, event nor reply: ${excerpt(line)}`);
};

const parseJson = (line: string): unknown => {
  try { return JSON.parse(line); } catch { throw new Error(`not JSON: ${excerpt(line)}`); }
};
const asObject = (value: unknown, line: string): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`not an object: ${excerpt(line)}`);
  return value as Readonly<Record<string, unknown>>;
};
const EXCERPT_CHARS = 120;
const excerpt = (line: string): string => line.length > EXCERPT_CHARS ? `${line.slice(0, EXCERPT_CHARS)}…` : line;
