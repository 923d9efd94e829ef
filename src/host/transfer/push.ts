import { once } from 'node:events';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { TransferError, type Transfer } from './contract';

/* From this host to another, over HTTPS. The other's certificate is known by its fingerprint and compared before the first byte of ours leaves. */

type Bytes = AsyncIterable<Buffer>;
interface Other { address: string; port: number; fingerprint: string }

/** How long an archive is, nobody knows before: this is beyond any, and the connection is ended after it. */
const UNKNOWN_LENGTH = String(2 ** 50);
/** No byte either way for so long: the other host is gone. */
const IDLE_LIMIT_MS = 10 * 60_000;
const ANSWER_MAX_CHARS = 65_536;

export const push: Transfer['push'] = (to, path, bytes, signal) => exchange(to, 'PUT', path, bytes, signal);
export const ask: Transfer['ask'] = (to, method, path, signal) => exchange(to, method, path, undefined, signal);

const exchange = async ({ address, port, fingerprint }: Other, method: string, path: string, bytes: Bytes | undefined, signal: AbortSignal): Promise<{ status: number; text: string }> => {
  const headers = { connection: 'close', ...(bytes ? { 'content-length': UNKNOWN_LENGTH } : {}) };
  const request = https.request({ host: address, port, path, method, rejectUnauthorized: false, agent: false, signal, timeout: IDLE_LIMIT_MS, headers });
  request.on('timeout', () => { request.destroy(new Error('the other host is silent')); });
  const answer = (once(request, 'response') as Promise<[IncomingMessage]>).then(async ([response]) => {
    let text = '';
    for await (const piece of response as AsyncIterable<Buffer>) text = (text + piece.toString('utf8')).slice(0, ANSWER_MAX_CHARS);
    return { status: response.statusCode ?? 0, text };
  });
  let isOver = false;
  const over = answer.then(() => { isOver = true; }, () => { isOver = true; });
  try {
    const [socket] = await once(request, 'socket') as [TLSSocket];
    if (socket.connecting || !socket.getPeerX509Certificate()) await once(socket, 'secureConnect', { signal });
    if (socket.getPeerX509Certificate()?.fingerprint256 !== fingerprint) throw new TransferError('refused', 'the certificate of the other host is not the one that was named');
    if (!bytes) request.end();
    for await (const chunk of bytes ?? []) {
      if (isOver) break; // it has refused, and said why
      if (!request.write(chunk)) await Promise.race([once(request, 'drain', { signal }), over]);
    }
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof TransferError ? error : new TransferError('refused', `the other host: ${error instanceof Error ? error.message : String(error)}`);
  } finally { request.destroy(); }
};
