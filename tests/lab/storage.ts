import type { Ref } from '../../src/shared/api';
import type { TestClient } from '../fixtures/host';
import { developmentLicence } from '../fixtures/licence';
import type { Lab } from './machine';

/* What the lab's tests of storage have in common. */

export const createSr = async (client: TestClient, name: string, type: string, config: Readonly<Record<string, string>>): Promise<Ref<'SR'>> => {
  const [host] = await client.call('host.get_all');
  await client.call('host.license_add', host!, developmentLicence()); // some are shared storage
  return await client.task('SR.create', host!, config, 0, name, '', type, '', false, {}) as Ref<'SR'>;
};
export const createVdi = async (client: TestClient, SR: Ref<'SR'>, name: string, bytes: number): Promise<Ref<'VDI'>> =>
  await client.task('VDI.create', { name_label: name, name_description: '', SR, virtual_size: bytes, type: 'user', sharable: false, read_only: false, other_config: {} }) as Ref<'VDI'>;

/** By their names. */
export const vdisOf = async (client: TestClient, sr: Ref<'SR'>): Promise<Record<string, Ref<'VDI'>>> => {
  await client.task('SR.scan', sr);
  const { VDIs } = await client.call('SR.get_record', sr);
  return Object.fromEntries(await Promise.all(VDIs.map(async vdi => [await client.call('VDI.get_name_label', vdi), vdi] as const)));
};
/** The PBD that was unplugged. */
export const unplug = async (client: TestClient, sr: Ref<'SR'>): Promise<Ref<'PBD'>> => {
  const [pbd] = (await client.call('SR.get_record', sr)).PBDs;
  await client.task('PBD.unplug', pbd!);
  return pbd!;
};
/** Of so much of what a device or file inside shows, read from the disk itself. */
export const hashOf = async (lab: Lab, path: string, mib = 16, at = 0): Promise<string> =>
  (await lab.run(`sync; dd if=${path} bs=1M count=${mib} skip=${at} iflag=direct status=none | md5sum`)).split(' ')[0]!;
/** Noise, which is on the disk when this resolves. */
export const writeNoise = (lab: Lab, path: string, mib: number, at = 0): Promise<string> =>
  lab.run(`dd if=/dev/urandom of=${path} bs=1M count=${mib} seek=${at} oflag=direct conv=fsync,notrunc status=none`);
