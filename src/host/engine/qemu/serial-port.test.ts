import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MachineDirectory } from './run-directory';
import { SERIAL_LOG_MAX_BYTES, SerialPort } from './serial-port';

/* The peer is QEMU's serial line: a socket that says what it also writes to the log. */

let path: string, server: net.Server, lines: net.Socket[], onLine: (line: net.Socket) => void;
const log = { info: () => {}, warn: (what: string) => { throw new Error(what); }, error: () => {} };
const port = (onLost = (): void => {}): SerialPort => new SerialPort(new MachineDirectory(path, path), log, onLost);
const nextLine = (): Promise<net.Socket> => new Promise(resolve => { onLine = resolve; });

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'serial-'));
  lines = [];
  onLine = () => {};
  server = net.createServer(line => { lines.push(line); line.on('error', () => {}); onLine(line); });
  await new Promise<void>(resolve => { server.listen(join(path, 'serial.sock'), resolve); });
});
afterEach(async () => {
  for (const line of lines) line.destroy();
  await new Promise(resolve => { server.close(resolve); });
  rmSync(path, { recursive: true });
});
const collect = async (serial: SerialPort, until: (seen: string) => boolean): Promise<string> => {
  let seen = '';
  for await (const bytes of serial.view()) { seen += String(bytes); if (until(seen)) break; }
  return seen;
};

describe('SerialPort', () => {
  it('shows first what the log has of the time before, then what comes', async () => {
    writeFileSync(join(path, 'serial.old'), 'long ago, ');
    writeFileSync(join(path, 'serial.log'), 'yesterday, ');
    const serial = port(), arrived = nextLine();
    serial.connect({ listen: false });
    (await arrived).write('today');
    await serial.restore();
    expect(await collect(serial, seen => seen.endsWith('today'))).toBe('long ago, yesterday, today');
    serial.close();
  });

  it('passes keys on, and takes the line again when it breaks', async () => {
    let lost = 0;
    const serial = port(() => { lost++; }), first = nextLine();
    serial.connect();
    const line = await first, second = nextLine();
    line.destroy();
    const again = await second;
    expect(lost).toBe(1);
    const heard = new Promise(resolve => { again.once('data', bytes => resolve(String(bytes))); });
    serial.view().write('keys');
    expect(await heard).toBe('keys');
    serial.close();
    await new Promise(resolve => { again.once('close', resolve); });
  });

  it('keeps the log from growing, and what the ring holds', async () => {
    const serial = port(), arrived = nextLine();
    serial.connect();
    const line = await arrived, piece = Buffer.alloc(64 * 1024, 'x');
    for (let bytes = 0; bytes <= SERIAL_LOG_MAX_BYTES; bytes += piece.length) { appendFileSync(join(path, 'serial.log'), piece); line.write(piece); }
    line.write('the end');
    while (!existsSync(join(path, 'serial.old')) || statSync(join(path, 'serial.log')).size > 0) await nextTurn();
    expect(readFileSync(join(path, 'serial.old')).length).toBeGreaterThan(200 * 1024);
    serial.close();
  });

  it('ends the viewers\' streams when it is closed', async () => {
    const serial = port();
    serial.connect();
    const seen = collect(serial, () => false);
    serial.close();
    expect(await seen).toBe('');
  });
});
