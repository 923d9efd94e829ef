import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { startHost, TINY_LINUX, type TestClient, type TestHost } from '../../fixtures/host';
import { get, put } from '../transfer/http';
import { filesKnown, filesWithPlans, plansWalkedBy } from './plans';
import { walkPlan, type Walk as WalkOf } from './walk';
import { expectWhole } from './wholeness';

/* The service is killed at every boundary of every plan and started again: everything is whole, the data is there, and the operation can be done. The disk
 * that is looked at has a pattern on it that no operation may change. (kill-walk-machine.test.ts: what needs a guest that has booted, and networks.) */

const KIB = 1024, PATTERN = 0x5a;

let host: TestHost, other: TestHost, folder: string, dieAt: string, elsewhere: Ref<'SR'>;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kill-walk-'));
  dieAt = path.join(folder, 'die-at');
  [host, other] = await Promise.all([startHost({ args: ['--die-at-file', dieAt] }), startHost()]);
  const client = await host.connect();
  const [self] = Object.keys(await client.call('host.get_all_records')) as Ref<'host'>[];
  elsewhere = await client.call('SR.create', self!, { location: path.join(host.folder, 'elsewhere') }, 0, 'elsewhere', '', 'dir', 'user', false, {});
});
afterAll(async () => { await host?.dispose(); await other?.dispose(); fs.rmSync(folder, { recursive: true, force: true }); });

interface Scene { vm: Ref<'VM'>; name: string; disk: Ref<'VDI'>; archive?: Buffer; snapshot?: Ref<'VM'>; vbd?: Ref<'VBD'>; template?: Ref<'VM'>; sr?: Ref<'SR'>; elsewhere: Ref<'SR'> }
type Walk = WalkOf<Scene>;

/** A halted VM with a second disk that holds the pattern. */
const makeScene = async (client: TestClient): Promise<Scene> => {
  const name = `walked ${randomUUID()}`, vm = await client.newVm(name);
  const { default_SR: sr } = Object.values(await client.call('pool.get_all_records'))[0]!;
  const disk = await client.call('VDI.create', { name_label: 'pattern', name_description: '', SR: sr, virtual_size: 8 * KIB * KIB, type: 'user', sharable: false, read_only: false, other_config: {} } as never);
  await client.call('VBD.create', { VM: vm, VDI: disk, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', empty: false, unpluggable: true, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} } as never);
  execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P ${PATTERN} 0 512k`, await imageOf(client, disk)], { stdio: 'ignore' });
  return { vm, name, disk, elsewhere };
};

const imageOf = async (client: TestClient, vdi: Ref<'VDI'>): Promise<string> => {
  const { uuid, SR } = await client.call('VDI.get_record', vdi);
  const [pbd] = await client.call('SR.get_PBDs', SR);
  const location = (await client.call('PBD.get_device_config', pbd!))['location']!;
  // <uuid>.qcow2, or after snapshots <uuid>.<n>.qcow2: the newest is the disk.
  const images = fs.readdirSync(location).filter(file => file.startsWith(uuid) && file.endsWith('.qcow2')).map(file => ({ file, n: Number(/\.(\d+)\.qcow2$/.exec(file)?.[1] ?? 0) }));
  return path.join(location, images.sort((a, b) => b.n - a.n)[0]!.file);
};

/** Every VM's disk at place 1 still shows the pattern. */
const expectPattern = async (client: TestClient): Promise<void> => {
  for (const { VBDs } of Object.values(await client.call('VM.get_all_records'))) {
    for (const ref of VBDs) {
      const { userdevice, VDI, empty } = await client.call('VBD.get_record', ref);
      if (userdevice !== '1' || empty) continue;
      expect(execFileSync('qemu-io', ['-r', '-U', '-f', 'qcow2', '-c', `read -P ${PATTERN} 0 512k`, await imageOf(client, VDI)], { encoding: 'utf8' })).not.toMatch(/Pattern verification failed/);
    }
  }
};

/** Takes away what a scene has left. */
const clear = async (client: TestClient): Promise<void> => {
  for (const [ref, vm] of Object.entries(await client.call('VM.get_all_records'))) {
    if (vm.is_default_template) continue;
    if (!vm.is_a_snapshot && vm.power_state !== 'Halted') await client.call('VM.hard_shutdown', ref as Ref<'VM'>);
    await client.call('VM.destroy', ref as Ref<'VM'>);
  }
  for (const [ref, vdi] of Object.entries(await client.call('VDI.get_all_records'))) if (vdi.VBDs.length === 0) await client.call('VDI.destroy', ref as Ref<'VDI'>);
  for (const sr of await client.call('SR.get_by_name_label', THIRD)) await client.call('SR.destroy', sr);
};

const isPower = (state: string) => async (client: TestClient, { vm }: Scene): Promise<boolean> => await client.call('VM.get_power_state', vm) === state;
const running = async (client: TestClient, { vm }: Scene): Promise<void> => { await client.call('VM.start', vm, false, false); };
const suspended = async (client: TestClient, { vm }: Scene): Promise<void> => { await client.call('VM.start', vm, false, false); await client.call('VM.suspend', vm); };
const snapshotted = async (client: TestClient, scene: Scene): Promise<void> => { scene.snapshot = await client.call('VM.snapshot', scene.vm, 'then', [] as never); };
const unplugged = async (client: TestClient, scene: Scene): Promise<void> => {
  for (const vbd of await client.call('VM.get_VBDs', scene.vm)) if (await client.call('VBD.get_userdevice', vbd) === '1') await client.call('VBD.destroy', vbd);
  await running(client, scene);
  scene.vbd = await client.call('VBD.create', { VM: scene.vm, VDI: scene.disk, userdevice: '1', bootable: false, mode: 'RW', type: 'Disk', empty: false, unpluggable: true, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} } as never);
};
const isElsewhere = async (client: TestClient, { vm, elsewhere: sr }: Scene): Promise<boolean> => {
  for (const vbd of await client.call('VM.get_VBDs', vm)) {
    const { userdevice, VDI } = await client.call('VBD.get_record', vbd);
    if (userdevice === '1') return await client.call('VDI.get_SR', VDI) === sr;
  }
  return false;
};
/** The disk's reference is another one after it has moved. */
const diskOf = async (client: TestClient, { vm }: Scene): Promise<Ref<'VDI'>> => {
  for (const vbd of await client.call('VM.get_VBDs', vm)) if (await client.call('VBD.get_userdevice', vbd) === '1') return client.call('VBD.get_VDI', vbd);
  throw new Error('the disk is gone');
};

const exported = async (_client: TestClient, scene: Scene): Promise<void> => { scene.archive = (await get(host, `/export?ref=${scene.vm}&session_id=${await host.login()}`)).body; };
const asOva = async (_client: TestClient, scene: Scene): Promise<void> => { scene.archive = (await get(host, `/export?format=ova&ref=${scene.vm}&session_id=${await host.login()}`)).body; };
/** To the other host; it is on one of the two afterwards. */
const move = async (client: TestClient, { vm }: Scene): Promise<void> => {
  const there = await other.connect(), [[self], [network]] = await Promise.all([there.call('host.get_all'), there.call('network.get_all')]);
  await client.call('VM.migrate_send', vm, await there.call('host.migrate_receive', self!, network!, {}), false, {}, {}, {});
};
const isThere = async (client: TestClient, { name }: Scene): Promise<boolean> => {
  const [here, there] = await Promise.all([client, await other.connect()].map(async one => (await one.call('VM.get_by_name_label', name)).length));
  expect([here, there], 'a VM is here or there').toEqual(here === 0 ? [0, 1] : [1, 0]);
  return here === 0;
};
/** An answer without a length looks whole when the service dies: its task tells. */
const bringIn = async (client: TestClient, { archive }: Scene): Promise<void> => {
  const { headers } = await put(host, `/import?session_id=${await host.login()}`, archive!);
  if (await client.call('task.get_status', headers['task-id'] as Ref<'task'>) !== 'success') throw new Error('not imported');
};
const THIRD = 'a third place';
const makeThird = async (client: TestClient): Promise<Ref<'SR'>> => {
  const [self] = await client.call('host.get_all');
  return client.call('SR.create', self!, { location: path.join(host.folder, 'third') }, 0, THIRD, '', 'dir', 'user', false, {});
};
/** A template that asks for two disks. */
const wishful = async (client: TestClient, scene: Scene): Promise<void> => {
  const disk = (device: number): string => `<disk device="${device}" size="${KIB * KIB}" sr="" bootable="false" type="user"/>`;
  scene.template = await client.call('VM.clone', scene.vm, 'wishful');
  await client.call('VM.set_is_a_template', scene.template, true);
  await client.call('VM.add_to_other_config', scene.template, 'disks', `<provision>${disk(2)}${disk(3)}</provision>`);
};

const install = async (client: TestClient): Promise<string> => {
  const [self] = await client.call('host.get_all');
  return client.call('host.call_plugin', self!, 'administrator-console', 'vm_install', { template: await client.call('VM.get_uuid', await client.ref('VM', TINY_LINUX)), name_label: 'installed' });
};

const bringDisk = async (sr: Ref<'SR'>): Promise<void> => {
  if ((await put(host, `/import_raw_vdi?session_id=${await host.login()}&sr_id=${sr}`, Buffer.alloc(KIB * KIB, PATTERN))).status !== 200) throw new Error('not imported');
};

const WALKS: readonly Walk[] = [
  { plan: 'VDI.create', act: async (client, { elsewhere: SR }) => client.call('VDI.create', { name_label: 'new', name_description: '', SR, virtual_size: KIB * KIB, type: 'user', sharable: false, read_only: false, other_config: {} } as never) },
  { plan: 'VDI.snapshot', of: 'a disk that nobody has open', act: (client, { disk }) => client.call('VDI.snapshot', disk) },
  { plan: 'VDI.snapshot', of: 'a disk of a running VM', prepare: running, act: (client, { disk }) => client.call('VDI.snapshot', disk) },
  { plan: 'VM.provision', prepare: wishful, act: (client, { template }) => client.call('VM.provision', template!), done: async (client, { template }) => !await client.call('VM.get_is_a_template', template!) },
  { plan: 'vm_install', act: install },
  { plan: 'SR.create', act: makeThird, done: async client => (await client.call('SR.get_by_name_label', THIRD)).length === 1 },
  { plan: 'SR.destroy', prepare: async (client, scene) => { scene.sr = await makeThird(client); }, act: (client, { sr }) => client.call('SR.destroy', sr!), done: async client => (await client.call('SR.get_by_name_label', THIRD)).length === 0 },
  { plan: 'VM.start', act: (client, { vm }) => client.call('VM.start', vm, false, false), done: isPower('Running') },
  { plan: 'VM.clone', act: (client, { vm }) => client.call('VM.clone', vm, 'second') },
  { plan: 'VM.copy', act: (client, { vm, elsewhere: sr }) => client.call('VM.copy', vm, 'second', sr) },
  { plan: 'VDI.clone', act: (client, { disk }) => client.call('VDI.clone', disk) },
  { plan: 'VDI.copy', act: (client, { disk, elsewhere: sr }) => client.call('VDI.copy', disk, sr) },
  { plan: 'VDI.pool_migrate', of: 'a halted VM', act: async (client, scene) => client.call('VDI.pool_migrate', await diskOf(client, scene), scene.elsewhere, {}), done: isElsewhere },
  { plan: 'VDI.pool_migrate', of: 'a running VM', prepare: running, act: async (client, scene) => client.call('VDI.pool_migrate', await diskOf(client, scene), scene.elsewhere, {}), done: isElsewhere },
  { plan: 'VM.import', prepare: exported, act: bringIn },
  { plan: 'OVA.import', prepare: asOva, act: bringIn },
  { plan: 'VM.migrate_send', act: move, done: isThere },
  { plan: 'VDI.import', act: (_client, { elsewhere: sr }) => bringDisk(sr) },
  { plan: 'VM.suspend', prepare: running, act: (client, { vm }) => client.call('VM.suspend', vm), done: isPower('Suspended') },
  { plan: 'VM.resume', prepare: suspended, act: (client, { vm }) => client.call('VM.resume', vm, false, false), done: isPower('Running') },
  { plan: 'VM.snapshot', of: 'a halted VM', act: (client, { vm }) => client.call('VM.snapshot', vm, 'then', [] as never) },
  { plan: 'VM.snapshot', of: 'a running VM', prepare: running, act: (client, { vm }) => client.call('VM.snapshot', vm, 'then', [] as never) },
  { plan: 'VM.checkpoint', prepare: running, act: (client, { vm }) => client.call('VM.checkpoint', vm, 'then') },
  { plan: 'VM.revert', prepare: snapshotted, act: (client, { snapshot }) => client.call('VM.revert', snapshot!) },
  { plan: 'VBD.plug', prepare: unplugged, act: (client, { vbd }) => client.call('VBD.plug', vbd!), done: (client, { vbd }) => client.call('VBD.get_currently_attached', vbd!) },
];

it('walks every plan, here or in the other walk', () => {
  expect(filesWithPlans().filter(file => !filesKnown().includes(file)), 'files with plans that nobody walks: see plans.ts').toEqual([]);
  const walked = [...WALKS.map(({ plan }) => plan), 'template'];
  expect(plansWalkedBy('kill-walk').filter(plan => !walked.includes(plan)), 'plans that should be walked here').toEqual([]);
});

describe.each(WALKS)('a service that dies in $plan of $of', walk => {
  it('is whole again after the next start, whichever boundary it was', () => walkPlan({ host, dieAt, scene: makeScene, look: expectPattern, clear }, walk), 600_000);
});

describe('a service that dies while it makes its template', () => {
  it('has it, once, after the next start', async () => {
    for (let boundary = 0, died = true; died; boundary++) {
      let client = await host.connect();
      const template = await client.ref('VM', TINY_LINUX), config = await client.call('VM.get_other_config', template);
      await client.call('VM.set_other_config', template, { ...config, 'template-version': 'an older one' });
      const key = await client.call('VM.get_reference_label', template);
      await host.stop();
      fs.writeFileSync(dieAt, `template ${key}:${boundary}`);
      died = await host.start().then(() => false, () => true);
      fs.rmSync(dieAt);
      if (died) await host.start(); else expect(boundary, 'the plan has boundaries').toBeGreaterThan(0);
      client = await host.connect();
      await expectWhole(host, client);
      expect((await client.call('VM.get_by_name_label', TINY_LINUX))).toHaveLength(1);
      expect((await client.call('VM.get_other_config', await client.ref('VM', TINY_LINUX)))['template-version']).toBe(config['template-version']);
    }
  }, 300_000);
});
