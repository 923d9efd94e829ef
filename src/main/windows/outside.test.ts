import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Outside } from './outside';

const opened: string[] = [];
const outside = new Outside(url => { opened.push(url); return Promise.resolve(); });

describe('Outside', () => {
  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'smb://host/share', 'ssh://-oProxyCommand=x', 'nothing', ''])('does not browse %j', async url => {
    expect(await outside.browse(url)).toBe(false);
    expect(opened).toEqual([]);
  });
  it.each(['-oProxyCommand=calc', '192.0.2.7 -l root', 'host.example.org', '192.0.2.7:22/x', 'fe80::1%eth0', ''])('does not reach %j', async address => {
    expect(await outside.reach('ssh', address)).toBe(false);
    expect(await outside.answers(address)).toEqual([]);
    expect(opened).toEqual([]);
  });
  it('opens pages, and the programs at their addresses', async () => {
    expect(await outside.browse('https://example.org/a b')).toBe(true);
    expect([await outside.reach('ssh', '192.0.2.7'), await outside.reach('ssh', '2001:db8::7'), await outside.reach('rdp', '192.0.2.7')]).toEqual([true, true, true]);
    expect(opened.splice(0)).toEqual(['https://example.org/a%20b', 'ssh://192.0.2.7', 'ssh://[2001:db8::7]', 'rdp://full%20address=s:192.0.2.7:3389']);
  });
  it('tells that nothing here opens it', async () => { expect(await new Outside(() => Promise.reject(new Error('no program'))).reach('rdp', '192.0.2.7')).toBe(false); });
  it('tells who answers', async () => {
    const server = net.createServer(socket => { socket.destroy(); }), closed = net.createServer();
    const portOf = async (of: net.Server): Promise<number> => { await new Promise<void>(resolve => { of.listen(0, '127.0.0.1', resolve); }); return (of.address() as AddressInfo).port; };
    const ports = { ssh: await portOf(server), rdp: await portOf(closed) };
    await new Promise(resolve => { closed.close(resolve); });
    try { expect(await new Outside(() => Promise.resolve(), ports).answers('127.0.0.1')).toEqual(['ssh']); } finally { server.close(); }
  });
});
