import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isHeading, readDevices, readInfo, readList, readSamples } from './parse';
import { addedUp } from './top';

/* recorded/: what the tools of Xen 4.17.5 (Debian 12) said in the lab. */

const recorded = (name: string): string => readFileSync(new URL(`recorded/${name}.txt`, import.meta.url), 'utf8');
const UUID = '11111111-2222-3333-4444-555555555555';

it('reads the list of domains', () => {
  expect(readList(recorded('list-paused'))).toEqual([
    { id: 0, name: 'Domain-0', uuid: '00000000-0000-0000-0000-000000000000', memoryMib: 1536, vcpus: 1, isPaused: false, isCrashed: false, isDying: false },
    { id: 1, name: 'web-1.11111111', uuid: UUID, memoryMib: 128, vcpus: 1, isPaused: true, isCrashed: false, isDying: false },
  ]);
  expect(readList(`web-1.11111111                               1   100     1     ---s--     151.6 ${UUID}        0                -`)).toMatchObject([{ uuid: UUID, endReason: 0 }]);
  expect(readList(`My own guest  7   512     2     -b---- 12.1 ${UUID}        -                -`)).toMatchObject([{ name: 'My own guest', id: 7 }]);
});

it('reads what Xen is', () => {
  expect(readInfo(recorded('info'))).toMatchObject({ version: '4.17.5', hasHvm: true, totalMib: 3071, cpus: 1, nodes: 1, scheduler: 'credit2', capabilities: expect.stringContaining('xen-3.0-x86_64') as string });
});

it('reads the devices of a domain', () => {
  expect(readDevices(recorded('list-l'))).toEqual({ type: 'pv', disks: [{ vdev: 'xvda', path: '/root/disk.qcow2', isCd: false }], nics: [{ devid: 0, mac: '02:00:00:00:00:01' }] });
});

it('reads what xentop sees, look by look', () => {
  const lines = recorded('xentop').trimEnd().split('\n'), headings = lines.flatMap((line, i) => (isHeading(line) ? [i] : []));
  expect(headings).toHaveLength(2);
  expect(readSamples(lines.slice(headings[1]! + 1))).toEqual([
    { name: 'Domain-0', cpuSeconds: 835, cpuPercent: 94.3, memoryKib: 1_572_864, isPaused: false, disks: [] },
    { name: 'web-1.11111111', cpuSeconds: 97, cpuPercent: 4.7, memoryKib: 131_072, isPaused: false, disks: [] },
  ]);
  expect(readSamples(['  d 1  --b---  1 0.0 1 0.1 no limit n/a 1 0 0 0 1 0 0 0 0 0 0', 'VBD BlkBack 51712 [ca:10]  OO:  0   RD:  12   WR:  3   RSECT: 96   WSECT: 24'])[0]?.disks).toEqual([{ device: 51712, reads: 12, writes: 3, readSectors: 96, writtenSectors: 24 }]);
});

it('adds up CPU time more finely than whole seconds, and never leaves them', () => {
  const sample = { cpuSeconds: 10, cpuPercent: 10 }, before = { sample: { ...sample, name: 'd', memoryKib: 1, isPaused: false, disks: [] }, cpuSeconds: 10.25 };
  expect(addedUp(undefined, sample)).toBe(10);
  expect(addedUp(before, sample)).toBe(10.75);
  expect(addedUp(before, { cpuSeconds: 10, cpuPercent: 90 })).toBe(11);
  expect(addedUp(before, { cpuSeconds: 12, cpuPercent: 10 })).toBe(12);
  expect(addedUp(before, { cpuSeconds: 1, cpuPercent: 0 })).toBe(1); // another domain of that name
});
