import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../shared/ipc';
import { CONSOLES_MAX, Consoles, UNACKED_MAX_BYTES, UNSENT_MAX_BYTES } from './consoles';

/** The host's end and ours of one stream. */
const pair = () => {
  const toUs = new PassThrough({ highWaterMark: 64 * 1024 });
  const toHost = new PassThrough({ highWaterMark: 64 * 1024 });
  const stream = Duplex.from({ readable: toUs, writable: toHost });
  return { stream, toUs, toHost };
};
const turn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve); });
const turns = async (count: number): Promise<void> => { for (let i = 0; i < count; i++) await turn(); };

const set = (answer?: Reply<Duplex>) => {
  const host = pair();
  const consoles = new Consoles({ find: id => (id === 's' ? { openConsole: () => Promise.resolve(answer ?? { ok: true, value: host.stream }) } : undefined) });
  const got: Uint8Array[] = [];
  const closed: string[] = [];
  consoles.onData.on(({ bytes }) => { got.push(bytes); });
  consoles.onClosed.on(({ reason }) => { closed.push(reason); });
  const bytes = (): number => got.reduce((sum, each) => sum + each.length, 0);
  const open = async (): Promise<string> => { const reply = await consoles.open('s', 'ref'); if (!reply.ok) throw new Error('not opened'); return reply.value; };
  return { ...host, consoles, got, closed, bytes, open };
};

describe('Consoles', () => {
  it('carry bytes both ways, each message with memory of its own', async () => {
    const { consoles, open, toUs, toHost, got } = set();
    const id = await open();
    toUs.write(Buffer.from('from the guest'));
    consoles.write(id, new Uint8Array(Buffer.from('xxto itxx').subarray(2, 7)));
    await turns(5);
    expect(Buffer.concat(got).toString()).toBe('from the guest');
    expect(got[0]!.buffer.byteLength).toBe(got[0]!.byteLength);
    expect((toHost.read() as Buffer).toString()).toBe('to it');
  });
  it('stop reading while too much is not shown, and go on', async () => {
    const { consoles, open, toUs, bytes } = set();
    const id = await open();
    const total = 4 * UNACKED_MAX_BYTES;
    for (let sent = 0; sent < total; sent += 64 * 1024) toUs.write(Buffer.alloc(64 * 1024));
    await turns(300);
    const shown = bytes();
    expect(shown).toBeGreaterThan(UNACKED_MAX_BYTES);
    expect(shown).toBeLessThan(UNACKED_MAX_BYTES + 256 * 1024);
    let acked = 0;
    while (acked < total) { consoles.ack(id, bytes() - acked); acked = bytes(); await turn(); }
    expect(bytes()).toBe(total);
  });
  it('say once that a stream has ended', async () => {
    const { open, toUs, closed, consoles } = set();
    const id = await open();
    toUs.end();
    await turns(5);
    consoles.write(id, new Uint8Array(1));
    consoles.ack(id, 1);
    consoles.close(id);
    expect(closed).toEqual(['closed']);
  });
  it('say why it broke', async () => {
    const { open, stream, closed } = set();
    await open();
    stream.destroy(Object.assign(new Error('x'), { code: 'ECONNRESET' }));
    await turns(3);
    expect(closed).toEqual(['ECONNRESET']);
  });
  it('give up a host that takes no input', async () => {
    const { consoles, open, closed } = set();
    const id = await open();
    for (let sent = 0; sent <= UNSENT_MAX_BYTES + 256 * 1024; sent += 64 * 1024) consoles.write(id, new Uint8Array(64 * 1024));
    expect(closed).toEqual(['not-reading']);
  });
  it('close without a word when the window closes them', async () => {
    const { consoles, open, stream, closed } = set();
    await open();
    consoles.closeAll();
    await turns(3);
    expect(stream.destroyed).toBe(true);
    expect(closed).toEqual([]);
  });
  it('close those of a session that ends', async () => {
    const { consoles, open, closed } = set();
    await open();
    consoles.closeOf('other');
    expect(closed).toEqual([]);
    consoles.closeOf('s');
    expect(closed).toEqual(['closed']);
  });
  it('close what comes after the window has reloaded', async () => {
    const { consoles, stream } = set();
    const opening = consoles.open('s', 'ref');
    consoles.closeAll();
    expect(await opening).toMatchObject({ ok: false, reason: 'cancelled' });
    expect(stream.destroyed).toBe(true);
  });
  it('hand on a refusal, and are bounded', async () => {
    expect(await set({ ok: false, kind: 'refused', code: 'HANDLE_INVALID', params: [] }).consoles.open('s', 'r')).toMatchObject({ code: 'HANDLE_INVALID' });
    const consoles = new Consoles({ find: id => (id === 's' ? { openConsole: () => Promise.resolve({ ok: true, value: pair().stream }) } : undefined) });
    expect(await consoles.open('t', 'r')).toMatchObject({ reason: 'no-such-session' });
    const replies = await Promise.all(Array.from({ length: CONSOLES_MAX + 1 }, () => consoles.open('s', 'r')));
    expect(replies.filter(reply => !reply.ok)).toEqual([{ ok: false, kind: 'silent', reason: 'too-many-consoles' }]);
  });
});
