import { isUtf8 } from 'node:buffer';
import type { WebSocket } from 'ws';
import type { Log } from '../operations/contract';
import type { Dispatcher, Peer } from './dispatch';
import { answerJson, errorJson, NOT_UTF8, type Reply } from './jsonrpc';
import type { Pieces } from './long';

/* JSON-RPC over one WebSocket: a frame is a request or its answer, calls run side by side, event.from waits beside them.
 * Answers of one turn leave in one write. A client that does not read its answers, or has very many calls under way, is
 * not read from until it has caught up, so that it cannot fill our memory. Of a long answer each piece is written when the one before has gone. */

const UNSENT_MAX_BYTES = 8 * 1024 * 1024;
const CALLS_AT_ONCE_MAX = 1000;

export interface Caller { address: string; /** Of its cookie. */ session: string | undefined; /** It fills in the data model's defaults by itself. */ knowsDefaults: boolean }

export const serveJsonRpc = (socket: WebSocket, { address, session, knowsDefaults }: Caller, dispatcher: Dispatcher, log: Log): void => {
  let calls = 0, corked = false, paused = false, isLong = false;
  /** Behind a long answer: nothing may come between its pieces. */
  const behind: (string | Pieces)[] = [];
  const wire = underlying(socket);
  socket.setMaxListeners(0); // one per blocked event.from
  const peer: Peer = { address, session, localAddress: wire?.localAddress ?? '', onGone: listener => { socket.once('close', listener); return { dispose: () => { socket.off('close', listener); } }; } };

  const throttle = (): void => {
    const full = calls >= CALLS_AT_ONCE_MAX || socket.bufferedAmount > UNSENT_MAX_BYTES || behind.length > 0;
    if (full === paused) return;
    paused = full;
    if (full) socket.pause(); else socket.resume();
  };
  const send = (text: string | Pieces): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (isLong) { behind.push(text); throttle(); return; }
    if (typeof text !== 'string') { isLong = true; sendPieces(text[Symbol.iterator]()); return; }
    if (wire && !corked) {
      corked = true;
      wire.cork();
      process.nextTick(() => { corked = false; wire.uncork(); }); // all frames of one read are answered before it
    }
    socket.send(text, throttle);
    throttle();
  };
  const sendPieces = (pieces: Iterator<string>, piece = pieces.next().value as string): void => {
    const next = pieces.next(), isLast = next.done === true;
    socket.send(piece, { fin: isLast }, error => {
      if (error) return; // its close follows
      try {
        if (!isLast) { sendPieces(pieces, next.value); return; }
        isLong = false;
        for (const text of behind.splice(0)) send(text);
        throttle();
      } catch (thrown) { fail(thrown); }
    });
  };
  const fail = (error: unknown): void => {
    log.error('call failed', { error: error instanceof Error ? error.stack : String(error) });
    socket.close(1011);
  };

  socket.on('error', () => { /* its close follows */ });
  socket.on('message', (data, isBinary) => {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
    if (isBinary && !isUtf8(bytes)) { send(errorJson(NOT_UTF8, true, null)); return; } // ws checks text frames
    try {
      const reply: Reply | Promise<Reply> = answerJson(bytes.toString('utf8'), dispatcher, peer, knowsDefaults);
      if (!(reply instanceof Promise)) { send(reply.text); return; }
      calls++;
      throttle();
      reply.then(({ text }) => send(text)).catch(fail).finally(() => { calls--; throttle(); });
    } catch (error) { fail(error); }
  });
};

/** ws writes a frame as two buffers; corking its stream for the turn makes one of all. */
interface Wire { cork(): void; uncork(): void; localAddress?: string }
const underlying = (socket: WebSocket): Wire | undefined => (socket as unknown as { _socket?: Wire })._socket;
