import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditChain, type AuditLine } from '../../shared/lib/audit-chain';
import type { AuditLog } from './contract';
import { openAuditLog, type AuditOptions } from './log';

let folder: string, anchor: string | undefined;
const open: (AuditLog & { dispose(): void })[] = [];
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'audit-')); anchor = undefined; });
afterEach(() => { for (const log of open.splice(0)) log.dispose(); fs.rmSync(folder, { recursive: true }); });

const start = (more: Partial<AuditOptions> = {}): AuditLog & { dispose(): void } => {
  const log = openAuditLog({ directory: folder, now: () => Date.UTC(2026, 0, 1), log: { error: () => undefined }, anchor: { read: () => anchor, write: text => { anchor = text; } }, ...more });
  open.push(log);
  return log;
};
const files = (): string[] => fs.readdirSync(folder).sort();
const file = (): string => path.join(folder, files().at(-1) ?? '');
const lines = (log: AuditLog): AuditLine[] => log.tail(1000).map(text => JSON.parse(text) as AuditLine);
const fill = (log: AuditLog, count: number): void => { for (let i = 0; i < count; i++) log.write({ call: 'VM.start', phase: 'done', user: 'anna', args: { i, name: 'Zürich' }, result: 'ok' }); };

describe('the chain', () => {
  it('goes on over restarts', async () => {
    const one = start();
    fill(one, 3);
    one.dispose();
    const two = start();
    fill(two, 2);
    expect(lines(two).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(await two.verify()).toBeUndefined();
  });
  it('shows every changed byte of all lines but the last, which the anchor holds', () => {
    const log = start();
    fill(log, 3);
    const whole = log.tail(3).map(text => Buffer.from(text)), unseen: string[] = [];
    for (let line = 0; line < 2; line++) {
      for (let at = 0; at < (whole[line]?.length ?? 0); at++) {
        const changed = whole.map(text => Buffer.from(text)), chain = new AuditChain(sha256, text => Buffer.from(text).toString('utf8'));
        changed[line]?.fill(changed[line]?.[at] === 0x31 ? 0x32 : 0x31, at, at + 1);
        if (changed.every(text => chain.push(text) === undefined)) unseen.push(`${line}:${at}`);
      }
    }
    expect(unseen).toEqual([]);
  });
  it('shows lines that were taken out, put in, or cut off at the end', async () => {
    const log = start();
    fill(log, 4);
    log.dispose();
    const whole = fs.readFileSync(file(), 'utf8').trimEnd().split('\n'), kept = anchor;
    const check = async (changed: string[]): Promise<string | undefined> => {
      anchor = kept;
      fs.writeFileSync(file(), `${changed.join('\n')}\n`);
      const next = start(), broken = await next.verify();
      next.dispose();
      return broken?.why;
    };
    expect(await check([whole[0] ?? '', ...whole.slice(2)])).toContain('lines are missing');
    expect(await check([...whole.slice(0, 2), whole[1] ?? '', ...whole.slice(2)])).toContain('lines are missing');
    expect(await check([...whole.slice(0, 2), 'x', ...whole.slice(2)])).toContain('the line before was changed');
    expect(await check(whole.slice(0, 3))).toContain('its end was cut off');
    expect(await check([])).toContain('its end was cut off');
    expect(await check(whole)).toBeUndefined();
  });
});
const callOf = (text: string): string => { try { return (JSON.parse(text) as AuditLine).call; } catch { return 'cut'; } };
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('a crash', () => {
  it('at any byte leaves a log that is closed, says so, and is whole', async () => {
    const log = start();
    fill(log, 2);
    log.dispose();
    anchor = undefined; // a flush may not have come to it
    const whole = fs.readFileSync(file()), wrong: string[] = [];
    for (let length = whole.indexOf(10) - 1; length <= whole.length; length++) {
      fs.writeFileSync(file(), whole.subarray(0, length));
      anchor = undefined;
      const next = start();
      fill(next, 1);
      const broken = await next.verify(), isCut = length > 0 && whole[length - 1] !== 10, calls = next.tail(10).map(callOf);
      if (broken || calls.includes('audit.torn') !== isCut || calls.at(-1) !== 'VM.start') wrong.push(`${length}: ${broken?.why ?? calls.join()}`);
      next.dispose();
    }
    expect(wrong).toEqual([]);
  }, 60_000);
  it('twice in a row, and right after a rotation', async () => {
    const log = start({ fileMaxBytes: 300 });
    fill(log, 5);
    log.dispose();
    for (const garbage of ['{"seq":', '\0\0\0\0']) {
      anchor = undefined;
      fs.writeFileSync(path.join(folder, '000000000006.log'), garbage);
      const next = start({ fileMaxBytes: 300 });
      expect(await next.verify()).toBeUndefined();
      fill(next, 1);
      expect(await next.verify()).toBeUndefined();
      next.dispose();
      for (const name of files().filter(one => Number(one.slice(0, 12)) > 5)) fs.rmSync(path.join(folder, name));
    }
  });
});

describe('a long log', () => {
  it('goes on in the next file, and drops the oldest with a word', async () => {
    const log = start({ fileMaxBytes: 1000, filesMax: 3 });
    fill(log, 40);
    expect(files()).toHaveLength(3);
    expect(lines(log).some(({ call }) => call === 'audit.dropped')).toBe(true);
    expect(await log.verify()).toBeUndefined();
    log.dispose();
    const next = start({ fileMaxBytes: 1000, filesMax: 3 });
    fill(next, 1);
    expect(await next.verify()).toBeUndefined();
    expect(next.tail(2)).toHaveLength(2);
  });
  it('is read from a moment on', async () => {
    let time = Date.UTC(2026, 0, 1);
    const log = start({ now: () => time });
    fill(log, 2);
    time += 1000;
    fill(log, 2);
    const read = async (since?: number): Promise<number> => { let count = 0; for await (const _line of log.read(since)) count++; return count; };
    expect([await read(), await read(time), await read(time + 1)]).toEqual([4, 2, 0]);
  });
  it('costs a call next to nothing', () => {
    const log = start();
    fill(log, 2000);
    expect(lines(log)).toHaveLength(1000);
  });
});

it('counts what it could not write, and says so', async () => {
  const log = start({ fileMaxBytes: 1 });
  fill(log, 1);
  const next = path.join(folder, '000000000002.log');
  fs.writeFileSync(next, ''); // in the way: a file is made anew or not at all
  fill(log, 3);
  fs.rmSync(next);
  fill(log, 1);
  expect(lines(log).at(-1)).toMatchObject({ seq: 2, missed: 3 });
  expect(await log.verify()).toBeUndefined();
});
