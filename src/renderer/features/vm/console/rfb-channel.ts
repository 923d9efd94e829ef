import type { RfbRawChannel } from '@novnc/novnc';
import type { ConsoleStream } from '../../../api';

/** A console's byte stream in the form of a WebSocket, as noVNC wants it. */
export class RfbChannel implements RfbRawChannel {
  // noVNC looks for these as own properties.
  binaryType = 'arraybuffer';
  readonly protocol = 'binary';
  readyState: RfbRawChannel['readyState'] = 'open';
  onopen: RfbRawChannel['onopen'] = null;
  onmessage: RfbRawChannel['onmessage'] = null;
  onclose: RfbRawChannel['onclose'] = null;
  onerror: RfbRawChannel['onerror'] = null;
  readonly #stream: ConsoleStream;
  readonly #onBytes: (count: number) => void;

  /** @param onBytes told of all that comes */
  constructor(stream: ConsoleStream, onBytes: (count: number) => void = () => undefined) { this.#stream = stream; this.#onBytes = onBytes; }

  /** After noVNC has put its handlers in: what came before is told now. */
  begin(): void {
    this.#stream.listen({
      onData: bytes => {
        this.#onBytes(bytes.byteLength);
        this.onmessage?.({ data: bytes.slice().buffer });
        this.#stream.ack(bytes.byteLength);
      },
      onClosed: reason => { this.#end(reason); },
    });
  }

  send(data: Uint8Array): void { if (this.readyState === 'open') this.#stream.write(data.slice()); }

  close(): void {
    if (this.readyState === 'closed') return;
    this.#stream.dispose();
    // As a WebSocket does: the event follows, it does not interrupt.
    queueMicrotask(() => { this.#end('closed'); });
  }

  #end(reason: string): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.onclose?.({ code: 1000, reason });
  }
}
