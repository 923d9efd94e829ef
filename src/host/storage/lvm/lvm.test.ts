import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lvmDriver } from './index';
import { lvmOverIscsiDriver } from './over-iscsi';

/* What can be said of LVM without disks; tests/lab has the rest. */

const UUID = '5f2d8a4e-1111-4222-8333-123456789abc';

describe('LVM', () => {
  it('names its place by its disks, in whatever order', () => {
    expect(lvmDriver.place({ device: '/dev/sdb, /dev//sda' })).toBe('/dev/sda,/dev/sdb');
    expect(lvmOverIscsiDriver.place({ target: 'SAN', targetIQN: 'iqn.2026-01.x:y', LUNid: '3' })).toBe('iscsi://san:3260/iqn.2026-01.x:y/3');
  });
  it.each([[{ device: '' }], [{ device: 'sdb' }], [{ device: '/etc/passwd' }], [{ device: '/dev/../etc/passwd' }], [{ device: '/dev/sdb,/dev/sdb' }]])('refuses %j', config => {
    expect(() => lvmDriver.place(config)).toThrow(expect.objectContaining({ kind: 'bad-config' }) as Error);
  });
  it.each([[{ target: '', targetIQN: 'iqn.2026-01.x:y' }], [{ target: 'a', targetIQN: '-L' }], [{ target: 'a', targetIQN: 'iqn.2026-01.x:y', port: '99999' }]])('refuses %j over iSCSI', config => {
    expect(() => lvmOverIscsiDriver.place(config)).toThrow(expect.objectContaining({ kind: 'bad-config' }) as Error);
  });
  it('touches nothing that is no disk', async () => {
    await expect(lvmDriver.prepare!({ device: '/dev/null' }, UUID)).rejects.toMatchObject({ kind: 'bad-config', message: expect.stringMatching(/no disk/) as string });
    await expect(lvmDriver.prepare!({ device: '/dev/nothing-there' }, UUID)).rejects.toMatchObject({ kind: 'bad-config' });
    await expect(lvmDriver.prepare!({ device: '/dev/null', allocation: 'thinnish' }, UUID)).rejects.toMatchObject({ kind: 'bad-config' });
  });
  it('says why it is not to be had', async () => {
    const lacks = await lvmDriver.lacks();
    if (!existsSync('/sys/class/misc/device-mapper')) expect(lacks).toMatch(/device-mapper|not installed|root/); else expect(lacks).toMatch(/^$|not installed|root/);
  });
});
