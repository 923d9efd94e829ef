import { describe, expect, it } from 'vitest';
import { rbdDriver } from './index';

/* What can be said of Ceph without a cluster. */

const config = { monitors: '10.0.0.2:6789, Mon1', pool: 'vms', key: 'AQDh0mNmAAAAABAAlZyYrVqVNmX1yHtW1zvF4g==' };
const never = new AbortController().signal;

describe('a Ceph pool', () => {
  it('is one place, in whatever order its monitors are named', () => {
    expect(rbdDriver.place(config)).toBe('rbd://10.0.0.2:6789,mon1/vms');
    expect(rbdDriver.place({ ...config, monitors: 'mon1,10.0.0.2:6789', user: 'other' })).toBe(rbdDriver.place(config));
  });
  it.each([['monitors', ''], ['monitors', 'a b'], ['monitors', '--conf=x'], ['pool', '../x'], ['pool', '-p'], ['user', 'a b'], ['key', ''], ['key', 'no key']])('refuses %s "%s", naming it', async (key, value) => {
    await expect(rbdDriver.attach({ ...config, [key]: value })).rejects.toMatchObject({ kind: 'bad-config', message: expect.stringContaining(key) as string });
  });
  it('says what is missing, or that nobody answers, and never the key', async () => {
    const lacks = await rbdDriver.lacks(), error = await rbdDriver.probe!({ ...config, monitors: '127.0.0.1:1' }, never).then(() => undefined, (why: unknown) => why);
    expect(error).toMatchObject(lacks.includes('rbd') ? { kind: 'unsupported', message: expect.stringMatching(/not installed/) as string } : { kind: 'io' });
    expect(String((error as Error).message)).not.toContain(config.key);
  }, 90_000);
});
