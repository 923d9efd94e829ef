import { describe, expect, it } from 'vitest';
import { CODE_TRIES_MAX, Codes, CODES_MAX } from './codes';

const WISH = { name: 'old box', sr: '', network: '', minutes: 10 };
const refused = { code: 'SESSION_AUTHENTICATION_FAILED' };

describe('one-time codes', () => {
  it('are good until they are used, in any writing', async () => {
    const codes = new Codes(() => 0, 0), { id, code } = codes.make(WISH);
    expect(code).toMatch(/^[a-z2-9]{5}-[a-z2-9]{5}$/);
    for (const typed of [code, ` ${code.toUpperCase()} `, code.replace('-', ''), code.replace('-', ' ')]) expect((await codes.check(typed)).id).toBe(id);
    codes.revoke(id);
    await expect(codes.check(code)).rejects.toMatchObject(refused);
  });
  it('end at their time', async () => {
    const clock = { now: 0 }, codes = new Codes(() => clock.now, 0), { code } = codes.make(WISH);
    clock.now = 10 * 60_000 - 1;
    expect(codes.list()).toHaveLength(1);
    await codes.check(code);
    clock.now++;
    await expect(codes.check(code)).rejects.toMatchObject(refused);
    expect(codes.list()).toEqual([]);
  });
  it('end after a few wrong tries, each for itself', async () => {
    const codes = new Codes(() => 0, 0), first = codes.make(WISH), second = codes.make(WISH);
    for (let i = 0; i < CODE_TRIES_MAX; i++) await expect(codes.check(`${first.id}-aaaaa`)).rejects.toMatchObject(refused);
    await expect(codes.check(first.code)).rejects.toMatchObject(refused);
    expect((await codes.check(second.code)).id).toBe(second.id);
    for (const nonsense of ['', '-', 'x', `${second.id}-`, 'a'.repeat(1000)]) await expect(codes.check(nonsense)).rejects.toMatchObject(refused);
  });
  it('are not more than there is use for, and tell no secret', () => {
    const codes = new Codes(() => 0, 0);
    for (let i = 0; i < CODES_MAX; i++) codes.make(WISH);
    expect(() => codes.make(WISH)).toThrow(/TOO_BUSY/);
    expect(Object.keys(codes.list()[0] ?? {})).toEqual(['id', 'name', 'sr', 'network', 'expires']);
  });
});
