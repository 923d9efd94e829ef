import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RpcConnection } from './rpc';
import { XdrReader, XdrWriter } from './xdr';

/* Servers that answer in pieces, wrongly, or not. */

const open: (Server | Socket)[] = [];
const serve = async (answer: (socket: Socket, xid: number) => void): Promise<RpcConnection> => {
  const server = createServer(socket => { open.push(socket); socket.on('error', () => {}); socket.on('data', data => { answer(socket, data.readUInt32BE(4)); }); }).listen(0, '127.0.0.1');
  open.push(server);
  await once(server, 'listening');
  return new RpcConnection('127.0.0.1', (server.address() as AddressInfo).port, { uid: 0, gid: 0 });
};
const frame = (bytes: Buffer, last = true): Buffer => { const head = Buffer.alloc(4); head.writeUInt32BE((bytes.length | (last ? 0x80000000 : 0)) >>> 0); return Buffer.concat([head, bytes]); };
const reply = (xid: number): XdrWriter => new XdrWriter().u32(xid).u32(1).u32(0).u32(0).u32(0).u32(0);
const call = (rpc: RpcConnection): Promise<XdrReader> => rpc.call(100003, 3, 0, Buffer.alloc(0));
afterEach(() => { for (const each of open.splice(0)) { if ('destroy' in each) each.destroy(); else each.close(); } });

describe('an RPC call', () => {
  it('puts an answer together that comes in pieces', async () => {
    const rpc = await serve((socket, xid) => {
      const whole = reply(xid).text('hello, NFS').bytes(), bytes = Buffer.concat([frame(whole.subarray(0, 12), false), frame(whole.subarray(12))]);
      for (const byte of bytes) socket.write(Buffer.from([byte]));
    });
    expect((await call(rpc)).text()).toBe('hello, NFS');
    rpc.close();
  });
  it('connects again after the server went away', async () => {
    let calls = 0;
    const rpc = await serve((socket, xid) => { if (calls++ === 0) socket.destroy(); else socket.write(frame(reply(xid).u32(7).bytes())); });
    await expect(call(rpc)).rejects.toMatchObject({ kind: 'silent' });
    expect((await call(rpc)).u32()).toBe(7);
    rpc.close();
  });
  it('fails on nonsense, and on more than there may be', async () => {
    const noise = await serve(socket => { socket.write(Buffer.alloc(64, 0xff)); });
    await expect(call(noise)).rejects.toMatchObject({ kind: 'silent', message: expect.stringMatching(/more than it may/) as string });
    const denied = await serve((socket, xid) => { socket.write(frame(new XdrWriter().u32(xid).u32(1).u32(1).bytes())); });
    await expect(call(denied)).rejects.toMatchObject({ kind: 'refused' });
    const short = await serve((socket, xid) => { socket.write(frame(new XdrWriter().u32(xid).u32(1).bytes())); });
    await expect(call(short)).rejects.toThrow(/cut short/);
    for (const rpc of [noise, denied, short]) rpc.close();
  });
  it('says that nobody listens', async () => { await expect(call(new RpcConnection('127.0.0.1', 1, { uid: 0, gid: 0 }))).rejects.toMatchObject({ kind: 'silent', message: expect.stringMatching(/not reached/) as string }); });
});

describe('XDR', () => {
  it('pads to four bytes, and reads back what it wrote', () => {
    const bytes = new XdrWriter().u32(5).text('abcde').u64(2n ** 40n).maybe(undefined).maybe(9).opaque(Buffer.alloc(4, 1)).bytes();
    expect(bytes.length % 4).toBe(0);
    const reader = new XdrReader(bytes);
    expect([reader.u32(), reader.text(), reader.size(), reader.bool(), reader.bool(), reader.u32(), reader.opaque()]).toEqual([5, 'abcde', 2 ** 40, false, true, 9, Buffer.alloc(4, 1)]);
    expect(() => reader.u32()).toThrow(/cut short/);
  });
});
