import type { HostSilent } from '../connection/errors';
import type { Disposable } from '../shared/lib/emitter';

/** How calls reach the host: one WebSocket, or POSTs. A call rejects with ApiError (it said no) or HostSilent. */
export interface Transport {
  readonly kind: 'websocket' | 'post';
  call(method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown>;
  /** Once, when the host cannot be reached this way any more; not after close(). */
  onClosed(listener: (silent: HostSilent) => void): Disposable;
  close(): void;
}
