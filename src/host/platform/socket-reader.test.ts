import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { SocketReader } from './socket-reader';

const MIB = 1024 * 1024;
let server: net.Server | undefined, socket: net.Socket | undefined;
afterEach(() => { socket?.destroy(); server?.close(); });

const connected = async (): Promise<{ reader: SocketReader; peer: net.Socket }> => {
  const at = path.join(os.tmpdir(), `reader-${process.pid}-${randomBytes(4).toString('hex')}`);
  server = net.createServer();
  await new Promise<void>(resolve => { server!.listen(at, resolve); });
  const reader = new SocketReader(), connection = once(server, 'connection') as Promise<[net.Socket]>;
  socket = net.connect({ path: at, onread: reader.onread });
  reader.attach(socket);
  const [peer] = await connection;
  peer.on('error', () => { /* what it sent was not read */ });
  return { reader, peer };
};

it('gives pieces of any size, whatever came together', async () => {
  const { reader, peer } = await connected(), sent = randomBytes(5 * MIB + 123), got: Buffer[] = [];
  peer.write(sent);
  for (const length of [4, 16, 1, 3 * MIB, 0, 77, 2 * MIB + 25]) got.push(await reader.take(length));
  expect(Buffer.concat(got).equals(sent)).toBe(true);
});

it('takes nothing more while nobody asks', async () => {
  const { reader, peer } = await connected(), sent = randomBytes(16 * MIB);
  let isDrained = false;
  peer.write(sent, () => { isDrained = true; });
  const first = await reader.take(10);
  await new Promise(resolve => { setImmediate(resolve); });
  expect(isDrained).toBe(false);
  const rest = await reader.take(sent.length - 10);
  expect(Buffer.concat([first, rest]).equals(sent)).toBe(true);
});

it('answers with what came before the end', async () => {
  const { reader, peer } = await connected();
  peer.end('twelve bytes');
  expect((await reader.take(100)).toString()).toBe('twelve bytes');
  expect(await reader.into(Buffer.alloc(1))).toBe(0);
});

it('lets go of who waits when the socket is destroyed', async () => {
  const { reader, peer } = await connected();
  peer.write('abc');
  await reader.take(3);
  const waiting = reader.take(5);
  socket!.destroy();
  expect(await waiting).toHaveLength(0);
});
