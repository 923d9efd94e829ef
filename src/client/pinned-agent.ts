/* HTTPS over a few kept connections, every one of them checked against the pin. */
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { HostSilent } from '../connection/errors';
import { POST_IDLE_MS, POST_SOCKETS_MAX } from './limits';
import { openPinned, type PinnedTarget } from './tls';

/** Opens its connections through openPinned: every one of them is checked against the pin. */
export class PinnedAgent extends https.Agent {
  readonly #target: PinnedTarget;
  constructor(target: PinnedTarget) {
    super({ keepAlive: true, maxSockets: POST_SOCKETS_MAX, scheduling: 'lifo', timeout: POST_IDLE_MS });
    this.#target = target;
  }
  override createConnection(_options: unknown, callback?: (error: Error | null, socket: Duplex) => void): undefined {
    const done = callback as (error: Error | null, socket?: Duplex) => void; // with an error there is no socket
    void openPinned(this.#target).then(opened => {
      if (opened.outcome === 'trusted') done(null, opened.socket);
      else if (opened.outcome === 'unreachable') done(new HostSilent(opened.reason));
      else done(new HostSilent(opened.outcome === 'changed' ? 'certificate-changed' : 'certificate-untrusted'));
    });
  }
}

/** The whole body of a 200; rejects with HostSilent. */
export const readAll = async (response: IncomingMessage, maxBytes: number): Promise<string> => {
  if (response.statusCode !== 200) { response.resume(); throw new HostSilent(`http-${response.statusCode ?? 0}`); }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new HostSilent('too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};
