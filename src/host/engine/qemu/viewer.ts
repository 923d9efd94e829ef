import net from 'node:net';
import type { Duplex } from 'node:stream';

/** A viewer's own connection to QEMU's display: QEMU itself serves any number of them, each at its own pace. */
export const connectStream = (path: string): Promise<Duplex> => new Promise((resolve, reject) => {
  const socket = net.connect(path);
  socket.once('error', reject);
  socket.once('connect', () => { socket.off('error', reject); resolve(socket); });
});
