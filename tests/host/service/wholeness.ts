import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { isWritten } from '../../../src/host/platform/disk-space';
import type { TestClient, TestHost } from '../../fixtures/host';

/* What must be true of a host that nobody is working on, whatever happened before: the records say what is, every disk is there and sound, nothing is left over. */

export const expectWhole = async (host: TestHost, client: TestClient): Promise<void> => {
  const [vms, vdis, vbds, srs, pbds] = await Promise.all([client.call('VM.get_all_records'), client.call('VDI.get_all_records'), client.call('VBD.get_all_records'), client.call('SR.get_all_records'), client.call('PBD.get_all_records')]);
  for (const record of [...Object.values(vms), ...Object.values(vdis), ...Object.values(srs)]) expect(record, 'nothing is under way').toMatchObject({ current_operations: {} });
  expect(Object.values(vdis).filter(vdi => vdi.missing).map(vdi => vdi.name_label), 'no disk is missing').toEqual([]);

  const running = Object.values(vms).filter(vm => vm.power_state === 'Running' || vm.power_state === 'Paused').map(vm => vm.uuid).sort();
  expect(fs.readdirSync(path.join(host.data, 'run')).filter(name => name.includes('-')).sort(), 'machines are those of running VMs').toEqual(running);
  for (const uuid of running) expect(host.pidOf(uuid), 'a running VM has its process').toBeGreaterThan(0);
  for (const vbd of Object.values(vbds)) if (vbd.currently_attached) expect(vms[vbd.VM]?.power_state, 'disks are attached to running VMs, and to suspended ones').toMatch(/Running|Paused|Suspended/);
  for (const vm of Object.values(vms)) if (vm.power_state === 'Suspended') expect(vdis[vm.suspend_VDI], 'a suspended VM has its memory').toBeDefined();

  const owners = new Set([...Object.values(vms), ...Object.values(srs), ...Object.values(await client.call('host.get_all_records'))].map(({ uuid }) => uuid));
  for (const file of fs.readdirSync(path.join(host.data, 'metrics')).filter(name => !/^ticks-\d+\.log$/.test(name))) expect(owners, `${file} is somebody's`).toContain(/^(?:vm|sr|host)-(.{36})\.rrd$/.exec(file)?.[1]);

  for (const [ref, sr] of Object.entries(srs)) {
    const pbd = Object.values(pbds).find(each => each.SR === ref);
    const location = pbd?.device_config['location'];
    if (sr.type !== 'dir' || location === undefined) continue;
    await expectSoundDirectory(location, new Set(Object.values(vdis).filter(vdi => vdi.SR === ref).map(vdi => vdi.uuid)));
  }
};

/** Every image is a VDI's, or a hidden one that another stands on; each is sound. Merging in the background may take one away while we look: then it is looked again. */
const expectSoundDirectory = async (location: string, uuids: ReadonlySet<string>): Promise<void> => {
  for (;;) {
    const files = fs.readdirSync(location);
    try { await expectSound(location, files, uuids); return; } catch (error) { if (fs.readdirSync(location).join() === files.join()) throw error; }
  }
};

const expectSound = async (location: string, files: readonly string[], uuids: ReadonlySet<string>): Promise<void> => {
  expect(files.filter(file => file.endsWith('.unfinished')), 'nothing is half-written').toEqual([]);
  const images = files.filter(file => /\.(qcow2|raw|vhd)$/.test(file));
  const bases = new Set(images.filter(file => file.endsWith('.qcow2')).map(file => backingOf(path.join(location, file))));
  for (const uuid of uuids) expect(images.some(file => file.startsWith(uuid)), `the disk ${uuid} is there`).toBe(true);
  for (const file of images) {
    expect(uuids.has(file.replace(/\..*/, '')) || bases.has(file), `${file} is somebody's`).toBe(true);
    if (file.endsWith('.qcow2')) await checkImage(path.join(location, file));
  }
};

/** Image by image as it was found sound: one that nobody has written to since is not read again. Whoever writes, a machine or a merge in the background, keeps what refers
 * to its newest clusters in memory for a while; until that is written out, they look like lost room. */
const sound = new Map<string, string>();
const LEAKS_ONLY = 3;
const checkImage = async (file: string): Promise<void> => {
  const { ino, size, mtimeNs, ctimeNs } = fs.statSync(file, { bigint: true }), state = [ino, size, mtimeNs, ctimeNs].join();
  if (sound.get(file) === state) return;
  const { status, stdout, stderr } = spawnSync('qemu-img', ['check', '-U', '-f', 'qcow2', file], { encoding: 'utf8' });
  if (status === LEAKS_ONLY && await isWritten(file)) return;
  expect([status, stdout, stderr], `${file} is sound`).toEqual([0, expect.any(String), expect.any(String)]);
  sound.set(file, state);
};

/** As its header names it; a process for each would be most of the time that a look takes. */
const backingOf = (file: string): string => {
  const open = fs.openSync(file, 'r'), read = (at: number, length: number): Buffer => { const bytes = Buffer.alloc(length); fs.readSync(open, bytes, 0, length, at); return bytes; };
  try {
    const header = read(0, 20), at = Number(header.readBigUInt64BE(8));
    return at === 0 ? '' : path.basename(read(at, header.readUInt32BE(16)).toString('utf8'));
  } finally { fs.closeSync(open); }
};
