import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Xenstore } from './xenstore';

/* Against a peer that speaks xenstored's protocol on a real socket: it cuts its answers into single bytes, as a stream may. */

const ends: (() => void)[] = [];
afterEach(() => { for (const end of ends.splice(0).reverse()) end(); });

const packet = (type: number, id: number, text: string): Buffer => {
  const head = Buffer.alloc(16);
  [type, id, 0, text.length].forEach((word, i) => head.writeUInt32LE(word, i * 4));
  return Buffer.concat([head, Buffer.from(text)]);
};
const peer = async (entries: Readonly<Record<string, string>>): Promise<{ path: string; sockets: net.Socket[]; watched: string[]; event: () => void }> => {
  const folder = mkdtempSync(join(tmpdir(), 'xs-')), path = join(folder, 'socket'), sockets: net.Socket[] = [], watched: string[] = [];
  const server = net.createServer(socket => {
    let rest = Buffer.alloc(0);
    sockets.push(socket);
    socket.on('error', () => { /* it was cut */ });
    socket.on('data', bytes => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 16 && rest.length >= 16 + rest.readUInt32LE(12)) {
        const [type, id, length] = [rest.readUInt32LE(0), rest.readUInt32LE(4), rest.readUInt32LE(12)], text = rest.toString('latin1', 16, 16 + length).split('\0');
        rest = rest.subarray(16 + length);
        if (type === 4) watched.push(text[0]!);
        const names = Object.keys(entries).filter(name => name.startsWith(`${text[0]}/`)).map(name => `${name.slice(text[0]!.length + 1)}\0`).join('');
        const found = type === 4 ? 'OK\0' : type === 2 ? entries[text[0]!] : names === '' ? undefined : names;
        for (const byte of found === undefined ? packet(16, id, 'ENOENT\0') : packet(type, id, found)) socket.write(Buffer.from([byte]));
      }
    });
  }).listen(path);
  await once(server, 'listening');
  ends.push(() => { for (const socket of sockets) socket.destroy(); server.close(); rmSync(folder, { recursive: true }); });
  return { path, sockets, watched, event: () => { sockets.at(-1)!.write(packet(15, 0, '@releaseDomain\0token\0')); } };
};

it('reads, lists and watches over one connection', async () => {
  const { path, sockets, watched, event } = await peer({ '/local/domain/1/console/tty': '/dev/pts/3', '/local/domain/1/name': 'a' });
  let heard = (): void => {};
  const store = new Xenstore(() => { heard(); }, path);
  ends.push(() => { store.dispose(); });
  expect(await Promise.all([store.read('/local/domain/1/console/tty'), store.read('/nothing'), store.list('/local/domain/1'), store.list('/nothing')])).toEqual(['/dev/pts/3', undefined, ['console/tty', 'name'], []]);
  await store.watch('@releaseDomain');
  expect(watched).toEqual(['@releaseDomain']);
  const told = new Promise<void>(resolve => { heard = resolve; });
  event();
  await told;
  expect(sockets).toHaveLength(1);
});

it('says that the connection was lost, and makes another', async () => {
  const { path, sockets } = await peer({ '/a': 'b' });
  let heard = (): void => {};
  const store = new Xenstore(() => { heard(); }, path);
  ends.push(() => { store.dispose(); });
  await store.read('/a');
  const lost = new Promise<void>(resolve => { heard = resolve; });
  sockets[0]!.destroy();
  await lost;
  expect(await store.read('/a')).toBe('b');
});

it('says that nobody is there', async () => {
  await expect(new Xenstore(() => { /* never */ }, '/nowhere/socket').read('/a')).rejects.toMatchObject({ kind: 'unresponsive' });
});
