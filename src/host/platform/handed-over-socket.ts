import { once } from 'node:events';
import { renameSync, rmSync } from 'node:fs';
import net from 'node:net';
import type { Disposable } from '../../shared/lib/emitter';
import { UNFINISHED } from './durable-files';

/* A listening UNIX socket that we make and a child takes over by its descriptor.
 * Whoever connects meanwhile waits in the kernel's queue: nobody has to poll for a socket file to appear. */

export interface HandedOverSocket extends Disposable {
  /** For the child. Valid until dispose(). */
  fd: number;
  /** Closes our end, once the child has its own. The socket file stays. */
  dispose(): void;
}

export const listenForChild = async (path: string): Promise<HandedOverSocket> => {
  // libuv unlinks, on close, the name under which it bound. So bind under one name and rename: the file then is the child's.
  const bound = `${path}${UNFINISHED}`;
  rmSync(bound, { force: true });
  const server = net.createServer().listen(bound);
  await once(server, 'listening');
  // Node has no public name for this number; it has been there since 0.6 and cluster and child_process depend on it.
  const fd = (server as unknown as { _handle?: { fd?: number } })._handle?.fd;
  if (fd === undefined || fd < 0) { server.close(); throw new Error(`no descriptor of the listening socket ${path}`); }
  renameSync(bound, path);
  return { fd, dispose: () => { server.close(); } };
};
