import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFacts } from './facts';
import { AGENT_ANSWER_MAX_BYTES, AgentPort } from './port';

/* Against a peer on a real socket that is an agent, or anything but one. */

type Speak = (say: (text: string | Buffer) => void, question: { execute: string; arguments: Record<string, unknown> }) => void;
const SENTINEL = Buffer.of(0xff);

let folder: string, server: net.Server, speak: Speak, asked: string[];
const sockets = new Set<net.Socket>();
const ports: AgentPort[] = [];

const honest = (answer: Speak): Speak => (say, question) => {
  if (question.execute === 'guest-sync-delimited') { say(SENTINEL); say(`${JSON.stringify({ return: question.arguments['id'] })}\n`); } else answer(say, question);
};
const open = (syncTimeoutMs?: number): AgentPort => { const port = new AgentPort(join(folder, 'qga.sock'), undefined, syncTimeoutMs); ports.push(port); port.connect(); return port; };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'));
  asked = [];
  server = net.createServer(socket => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    let text = '';
    socket.on('data', bytes => {
      text += bytes.toString('latin1').replaceAll('\xff', '');
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const question = JSON.parse(text.slice(0, end)) as Parameters<Speak>[1];
        text = text.slice(end + 1);
        asked.push(question.execute);
        speak(bit => { if (!socket.destroyed) socket.write(bit); }, question);
      }
    });
  });
  await new Promise<void>(resolve => { server.listen(join(folder, 'qga.sock'), resolve); });
});
afterEach(async () => {
  for (const port of ports.splice(0)) port.close();
  for (const socket of sockets) socket.destroy();
  await new Promise(resolve => { server.close(resolve); });
  rmSync(folder, { recursive: true, force: true });
});

describe('the guest agent\'s port', () => {
  it('gets in step once, asks one after the other, and hands on a refusal', async () => {
    speak = honest((say, { execute }) => say(execute === 'guest-ping' ? '{"return": {}}\n' : '{"error": {"class": "CommandNotFound", "desc": "no such\\u0007 command"}}\n'));
    const port = open();
    expect(await Promise.all([port.ask('guest-ping'), port.ask('guest-ping')])).toEqual([{}, {}]);
    await expect(port.ask('guest-dance')).rejects.toMatchObject({ kind: 'refused', message: 'guest-dance: no such  command' });
    expect(asked).toEqual(['guest-sync-delimited', 'guest-ping', 'guest-ping', 'guest-dance']);
  });

  it('passes over what an earlier conversation left on the way', async () => {
    speak = (say, question) => {
      if (question.execute === 'guest-sync-delimited') say(`{"return": {"host-name": "yesterday"}}\n{"half`);
      honest((answer, { execute }) => answer(`{"return": "${execute}"}\n`))(say, question);
    };
    expect(await open().ask('guest-get-host-name')).toBe('guest-get-host-name');
  });

  it.each([
    ['another number', (say: (text: string | Buffer) => void) => { say(SENTINEL); say('{"return": 999}\n'); }],
    ['no mark', (say: (text: string | Buffer) => void) => say('{"return": 1}\n')],
    ['nothing', () => {}],
  ])('does not take %s for an answer', async (_, answer) => {
    speak = (say, { execute }) => { if (execute === 'guest-sync-delimited') answer(say); };
    await expect(open(100).ask('guest-ping')).rejects.toMatchObject({ kind: 'timeout' });
    expect(asked).toEqual(['guest-sync-delimited']);
  });

  it.each([
    ['no JSON', 'go away\n'], ['no answer', '{"event": "BOO"}\n'], ['a list', '[1, 2]\n'],
    ['a line without end', Buffer.alloc(AGENT_ANSWER_MAX_BYTES + 1, 0x20)],
  ])('gives up at once on %s, and gets in step again', async (_, bits) => {
    let wrong = true;
    speak = honest(say => { say(wrong ? bits : '{"return": "well"}\n'); wrong = false; });
    const port = open();
    await expect(port.ask('guest-info')).rejects.toMatchObject({ kind: 'garbled' });
    expect(await port.ask('guest-info')).toBe('well');
    expect(asked).toEqual(['guest-sync-delimited', 'guest-info', 'guest-sync-delimited', 'guest-info']);
  });

  it('answers late: the question is over, its answer is nobody else\'s', async () => {
    let late: (() => void) | undefined;
    speak = honest((say, { execute }) => { if (execute === 'guest-slow') late = () => say('{"return": "late"}\n'); else { late?.(); say('{"return": "now"}\n'); } });
    const port = open();
    await expect(port.ask('guest-slow', {}, { timeoutMs: 50 })).rejects.toMatchObject({ kind: 'timeout' });
    late?.();
    late = undefined;
    expect(await port.ask('guest-quick')).toBe('now');
  });

  it('fails when nobody is there, and when the other side leaves in the middle', async () => {
    speak = honest(() => { for (const socket of sockets) socket.destroy(); });
    const port = open();
    await expect(port.ask('guest-info')).rejects.toMatchObject({ kind: 'absent' });
    const nobody = new AgentPort(join(folder, 'none.sock'));
    await expect(nobody.ask('guest-info')).rejects.toMatchObject({ kind: 'absent' });
  });

  it('says its last word even while a question is open', async () => {
    const heard = new Promise<void>(resolve => { speak = honest((_say, { execute }) => { if (execute === 'guest-fsfreeze-thaw') resolve(); }); });
    const port = open(), open1 = port.ask('guest-fsfreeze-freeze');
    open1.catch(() => {});
    while (!asked.includes('guest-fsfreeze-freeze')) await new Promise(resolve => { setImmediate(resolve); });
    port.sayLast('guest-fsfreeze-thaw');
    await heard;
    await expect(open1).rejects.toMatchObject({ kind: 'absent' });
  });
});

describe('what a guest says of itself', () => {
  it('is taken as far as it has the right shape', () => {
    expect(readFacts({
      info: { version: '7.2.22' }, os: { id: 'debian', 'pretty-name': 'Debian\n12', 'version-id': '12', 'kernel-release': '6.1' }, host: { 'host-name': 'box' },
      interfaces: [{ name: 'eth0', 'hardware-address': '52:54:00:AA:BB:01', 'ip-addresses': [{ 'ip-address': '10.0.2.15' }, { 'ip-address': 'fe80::1' }, { 'ip-address': '<script>' }] }, { name: 7 }, { name: 'x', 'hardware-address': 'evil' }, null],
      filesystems: [{ mountpoint: '/', 'total-bytes': 100, 'used-bytes': 40, disk: [{}] }, { mountpoint: '/proc', 'total-bytes': 1, 'used-bytes': 1, disk: [] }, { mountpoint: '/x', 'total-bytes': -1, 'used-bytes': 1e300, disk: [{}] }],
    })).toEqual({
      agentVersion: '7.2.22', os: { id: 'debian', name: 'Debian 12', version: '12', kernel: '6.1' }, hostname: 'box',
      interfaces: [{ name: 'eth0', mac: '52:54:00:aa:bb:01', addresses: ['10.0.2.15', 'fe80::1'] }], filesystems: [{ mountpoint: '/', totalBytes: 100, usedBytes: 40 }],
    });
  });

  it('has no size that a guest could choose', () => {
    const facts = readFacts({ info: { version: 'x'.repeat(1e5) }, os: 'windows', host: { 'host-name': '\u202e' }, interfaces: Array.from({ length: 300 }, () => ({ name: 'e', 'ip-addresses': Array(300).fill({ 'ip-address': '1.2.3.4' }) })), filesystems: {} });
    expect(facts.agentVersion).toHaveLength(256);
    expect(facts).not.toHaveProperty('os');
    expect(facts).not.toHaveProperty('hostname');
    expect(facts).not.toHaveProperty('filesystems');
    expect(facts.interfaces.length).toBeLessThanOrEqual(64);
    expect(facts.interfaces[0]?.addresses.length).toBeLessThanOrEqual(32);
  });
});
