import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newUuid } from '../../../src/host/platform/ids';
import { dirDriver } from '../../../src/host/storage/dir';
import { makeBench, Terminal, type Bench } from '../engine/bench';

/* A file system that is full: on a tmpfs of 12 MiB, with a real guest that writes. */

const MIB = 2 ** 20;
const location = mkdtempSync(join(tmpdir(), 'full-'));
const mountable = ((): boolean => { try { execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=711', 'tmpfs', location], { stdio: 'ignore' }); return true; } catch { return false; } })();
if (!mountable) console.warn('a full file system is not tested: this user may not mount');
let bench: Bench;
beforeAll(() => { bench = makeBench(); });
afterAll(async () => { await bench.end(); if (mountable) execFileSync('umount', ['-l', location]); rmSync(location, { recursive: true, force: true }); });

it.skipIf(!mountable)('pauses the guest that fills it, which goes on when there is room again; refuses what cannot fit, leaving nothing', async () => {
  const sr = await dirDriver.attach({ location }), ballast = join(location, 'ballast');
  const disk = await sr.create({ uuid: newUuid(), name: 'data', virtualSizeBytes: 10 * MIB, format: 'qcow2' });
  writeFileSync(ballast, Buffer.alloc(8 * MIB, 1));
  await expect(sr.create({ uuid: newUuid(), name: '', virtualSizeBytes: 20 * MIB, format: 'raw' })).rejects.toMatchObject({ kind: 'no-space', requestedBytes: 20 * MIB });
  await expect(sr.prepareResize!(disk.uuid, 40 * MIB)).rejects.toMatchObject({ kind: 'no-space' });

  const spec = bench.spec(), engine = bench.engine(), image = sr.locate(disk.uuid);
  await engine.start({ ...spec, disks: [...spec.disks, { userdevice: '1', image, readOnly: false, kind: 'Disk' }] }, new AbortController().signal);
  const guest = new Terminal(await engine.openConsole(spec.uuid, 'vt100'));
  await guest.prompt();
  await guest.run('head -c 1048576 /dev/urandom > /tmp/a; for i in 1 2 3 4 5 6 7 8; do cat /tmp/a; done > /tmp/r');
  guest.type('dd if=/tmp/r of=/dev/vdb bs=1M conv=fsync; md5sum /tmp/r | cut -c1-32; echo 3 > /proc/sys/vm/drop_caches; head -c 8388608 /dev/vdb | md5sum | cut -c1-32; echo fin"ished"\n');
  expect(await bench.event('io-error')).toMatchObject({ uuid: spec.uuid, noSpace: true });
  await bench.event('paused');
  expect(engine.state(spec.uuid)).toBe('paused');
  expect(statfsSync(location).bavail * statfsSync(location).bsize).toBeLessThan(MIB);
  rmSync(ballast);
  await engine.unpause(spec.uuid);
  await guest.shows(/finished/);
  const sums = [...guest.text.matchAll(/^[0-9a-f]{32}/gm)].map(([sum]) => sum);
  expect(sums).toHaveLength(2);
  expect(sums[0]).toBe(sums[1]); // nothing was lost on the way
  guest.leave();
  await engine.kill(spec.uuid);
  expect(await sr.check!(new AbortController().signal)).toEqual([]);
});
