import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { settleDepartures } from '../../../src/host/operations/archive/departures';
import { importVm } from '../../../src/host/operations/archive/import';
import { theHost } from '../../../src/host/operations/vm/power';
import { TransferError, type Transfer } from '../../../src/host/transfer/contract';
import type { Bench } from '../../fixtures/desk';
import { serveBench, type ServedBench } from '../../fixtures/served-bench';
import { get } from './http';

/* Two hosts on loopback, disks in memory: a VM goes from one to the other, host to host, or stays where it is. */

const MIB = 1024 * 1024;
let here: ServedBench, there: ServedBench;
beforeAll(async () => { here = await serveBench(); there = await serveBench(); });
afterAll(async () => { await here?.dispose(); await there?.dispose(); });

const filledVm = async (): Promise<{ vm: Ref<'VM'>; bytes: Buffer }> => {
  const vm = await here.newVm(), disk = here.repository.open(here.repository.locate(here.store.get('VDI', vdiOf(here, vm)).uuid));
  await disk.write(MIB + 5, Buffer.alloc(70_000, 0x5a));
  await disk.close();
  return { vm, bytes: disk.bytes() };
};
const vdiOf = ({ store }: Bench, vm: Ref<'VM'>): Ref<'VDI'> => store.get('VBD', store.get('VM', vm).VBDs[0]!).VDI;
const bytesOf = (host: ServedBench, vm: Ref<'VM'>): Buffer => host.repository.contents.get(host.store.get('VDI', vdiOf(host, vm)).uuid)!.bytes();
const token = async (more: Readonly<Record<string, string>> = {}): Promise<Readonly<Record<string, string>>> => {
  const [host] = there.store.all('host').keys(), [network] = there.store.all('network').keys();
  return { ...await there.handlers['host.migrate_receive']!(there.context(), host!, network!, {}), ...more };
};
const send = async (vm: Ref<'VM'>, dest: Readonly<Record<string, string>>, options = {}): Promise<Ref<'VM'>> => here.handlers['VM.migrate_send']!(here.context(), vm, dest, false, {}, {}, options, {}, {});

/** A quarter of a processor, three times. */
const measured = ({ desk }: ServedBench, uuid: string): void => {
  const sources = [{ name: 'cpu0', description: '', units: '(fraction)', type: 'gauge', min: 0, max: 1, standard: true }] as const;
  for (const tick of [0, 1, 2]) desk.metrics.update(1_800_000_000_000 + tick * 5000, [{ owner: { kind: 'vm', uuid }, sources, values: Float64Array.of(0.25) }]);
};
const rowsOf = ({ desk }: ServedBench, uuid: string): string | undefined => /<rra>[^]*/.exec(desk.metrics.exportRrd({ kind: 'vm', uuid }) ?? '')?.[0];

describe('a VM goes to another host', () => {
  it('as a copy, with other addresses and another uuid', async () => {
    const { vm, bytes } = await filledVm(), made = await send(vm, await token(), { copy: 'true' });
    expect(bytesOf(there, made).equals(bytes)).toBe(true);
    expect([there.store.get('VM', made).name_label, there.store.get('VM', made).uuid === here.store.get('VM', vm).uuid, here.store.get('VM', vm).current_operations]).toEqual(['one', false, {}]);
  });

  it('for good: the same VM, and nothing is left here', async () => {
    const { vm, bytes } = await filledVm(), { uuid, VIFs } = here.store.get('VM', vm), mac = here.store.get('VIF', VIFs[0]!).MAC, vdi = vdiOf(here, vm);
    measured(here, uuid);
    const figures = rowsOf(here, uuid), made = await send(vm, await token());
    expect(figures).toMatch(/<v>0\.25</);
    expect(rowsOf(there, uuid)).toBe(figures);
    const { uuid: uuidThere, VIFs: vifsThere } = there.store.get('VM', made);
    expect([uuidThere, there.store.get('VIF', vifsThere[0]!).MAC, bytesOf(there, made).equals(bytes)]).toEqual([uuid, mac, true]);
    expect([here.store.find('VM', vm), here.store.find('VDI', vdi)]).toEqual([undefined, undefined]);
    const told = there.audited.filter(({ call }) => call === 'http/put_import').slice(-2);
    expect(told).toMatchObject([{ phase: 'begun', user: there.context().caller.user, from: '127.0.0.1', args: { restore: 'true', by: 'the ticket of a host' } }, { phase: 'ended', result: 'ok' }]);
    expect(told[0]?.args).not.toHaveProperty('ticket'); // it opens the door
    const from = here.store.get('host', theHost(here.store));
    expect([...there.store.all('message').values()].filter(message => message.obj_uuid === uuid)).toMatchObject([{ name: 'VM_MIGRATED', priority: 5, body: expect.stringContaining(`migrated from host '${from.name_label}' (uuid: ${from.uuid}) to host '`) as string }]);
  });

  it('or stays, whole, when the other refuses, is not who it should be, or is not there', async () => {
    const { vm } = await filledVm(), before = there.store.all('VM').size;
    const stays = async (dest: Readonly<Record<string, string>>): Promise<unknown> => {
      const why = await send(vm, dest).catch((error: unknown) => error);
      expect([here.store.find('VM', vm) === undefined, here.store.get('VM', vm).current_operations, here.store.get('VDI', vdiOf(here, vm)).current_operations, there.store.all('VM').size]).toEqual([false, {}, {}, before]);
      return why;
    };
    expect(await stays(await token({ fingerprint: 'AA:BB' }))).toMatchObject({ code: 'OPERATION_NOT_ALLOWED', params: [expect.stringMatching(/certificate/)] });
    expect(await stays(await token({ ticket: 'none' }))).toMatchObject({ code: 'VM_MIGRATE_FAILED' });
    expect(await stays(await token({ port: '1' }))).toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
    expect(await stays(await token({ ticket: '' }))).toMatchObject({ code: 'INVALID_VALUE' });
    there.repository.failAfter = 0;
    expect(await stays(await token())).toMatchObject({ code: 'VM_MIGRATE_FAILED', params: [vm, theHost(here.store), expect.anything(), expect.stringMatching(/SR_BACKEND_FAILURE/)] });
    there.repository.failAfter = Infinity;
    await here.handlers['VM.snapshot']!(here.context(), vm, 'then', []);
    expect(await stays(await token())).toMatchObject({ code: 'OPERATION_NOT_ALLOWED' });
  });

  it('its archive with the figures of its year, which may be damaged, and XenServer passes over', async () => {
    const { vm } = await filledVm(), { uuid } = here.store.get('VM', vm);
    measured(here, uuid);
    const archiveOf = async (of: Ref<'VM'>): Promise<Buffer> => (await get({ port: here.server.port }, `/export?ref=${of}&session_id=${here.session}`)).body;
    const brought = async (archive: Buffer): Promise<Ref<'VM'>> => (await importVm(there.desk)(there.context(), Readable.from([archive]), archive.length, { sr: undefined, restore: false, force: false }))[0]!;
    const archive = await archiveOf(vm), again = await brought(archive);
    expect(rowsOf(there, there.store.get('VM', again).uuid)).toBe(rowsOf(here, uuid));
    // With a snapshot go those of its VM.
    const snapshot = await here.handlers['VM.snapshot']!(here.context(), vm, 'then', []);
    expect(rowsOf(there, there.store.get('VM', await brought(await archiveOf(snapshot))).uuid)).toBe(rowsOf(here, uuid));
    // An object of the description, as any other, of a class that xapi has not.
    const { index } = /<name>document<\/name><value>/.exec(archive.toString('latin1'))!;
    expect(archive.toString('latin1')).toMatch(/<name>class<\/name><value>VM_rrd<\/value>/);
    const damaged = Buffer.from(archive);
    damaged.write('!!!!', index + 60, 'latin1');
    const without = await brought(damaged);
    expect([there.store.get('VM', without).name_label, rowsOf(there, there.store.get('VM', without).uuid)]).toEqual(['one', undefined]);
  });

  it('only when it is halted', async () => {
    const { vm } = await filledVm();
    await here.handlers['VM.start']!(here.context(), vm, false, false);
    await expect(send(vm, await token())).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE' });
  });
});

/** What comes between the two hosts, once. */
const trouble = (transfer: Partial<Transfer>): { end: () => void } => {
  const { transfer: sound } = here.desk;
  Object.assign(here.desk, { transfer: { ...sound, ...transfer } });
  return { end: () => { Object.assign(here.desk, { transfer: sound }); } };
};
const lost = (): Promise<never> => Promise.reject(new TransferError('refused', 'the line is dead'));
/** After the first bytes. */
const cut: Transfer['push'] = async (_to, _path, bytes) => { for await (const _ of bytes) break; return lost(); };
const statesOf = (uuid: string): [boolean, boolean] => [here, there].map(({ store }) => [...store.all('VM').values()].some(vm => vm.uuid === uuid)) as [boolean, boolean];

describe('a VM is on one of the two hosts', () => {
  it('on the other when only its answer was lost', async () => {
    const { vm } = await filledVm(), { uuid } = here.store.get('VM', vm), { transfer } = here.desk;
    const line = trouble({ push: async (...args) => { await transfer.push(...args); return lost(); } });
    try { expect(there.store.get('VM', await send(vm, await token())).uuid).toBe(uuid); } finally { line.end(); }
    expect(statesOf(uuid)).toEqual([false, true]);
  });

  it('here when nothing has come, and nothing comes any more by that ticket', async () => {
    const { vm } = await filledVm(), { uuid } = here.store.get('VM', vm), dest = await token(), line = trouble({ push: cut });
    try { await expect(send(vm, dest)).rejects.toMatchObject({ code: 'OPERATION_NOT_ALLOWED' }); } finally { line.end(); }
    await expect(send(vm, dest)).rejects.toMatchObject({ code: 'VM_MIGRATE_FAILED', params: expect.arrayContaining([expect.stringMatching(/ticket/)]) as string[] });
    expect(statesOf(uuid)).toEqual([true, false]);
    await send(vm, await token());
  });

  it('and runs on none while nobody knows; what the other says later holds', async () => {
    const { vm } = await filledVm(), { uuid } = here.store.get('VM', vm), vdi = vdiOf(here, vm), { transfer } = here.desk;
    const line = trouble({ push: async (...args) => { await transfer.push(...args); return lost(); }, ask: lost });
    try {
      await expect(send(vm, await token())).rejects.toMatchObject({ code: 'VM_MIGRATE_FAILED', params: expect.arrayContaining([expect.stringMatching(/whether it is there is not known/)]) as string[] });
      for (const again of [false, true]) {
        if (again) await settleDepartures(here.desk);
        expect(here.store.get('VM', vm).allowed_operations).toEqual([]);
        await expect(here.handlers['VM.start']!(here.context(), vm, false, false)).rejects.toMatchObject({ code: 'OPERATION_BLOCKED', params: [vm, expect.stringMatching(/127\.0\.0\.1/)] });
        await expect(here.handlers['VM.destroy']!(here.context(), vm)).rejects.toMatchObject({ code: 'OPERATION_BLOCKED' });
        await expect(Promise.resolve().then(() => here.handlers['VDI.destroy']!(here.context(), vdi))).rejects.toMatchObject({ code: 'OTHER_OPERATION_IN_PROGRESS' });
      }
      expect([...here.store.all('message').values()].filter(({ name, obj_uuid }) => name === 'VM_MOVE_IN_DOUBT' && obj_uuid === uuid)).toHaveLength(1);
    } finally { line.end(); }
    await settleDepartures(here.desk);
    expect([statesOf(uuid), here.store.find('VDI', vdi)]).toEqual([[false, true], undefined]);
  });

  it('and is free again where it did not arrive, or where a person says so', async () => {
    const { vm } = await filledVm(), { uuid } = here.store.get('VM', vm), line = trouble({ push: cut, ask: lost });
    here.store.transaction(tx => { tx.set('VM', vm, { blocked_operations: { clone: 'because I say so' } }); });
    try {
      await expect(send(vm, await token())).rejects.toMatchObject({ code: 'VM_MIGRATE_FAILED' });
      expect(here.store.get('VM', vm).blocked_operations).toMatchObject({ clone: 'because I say so', start: expect.any(String) as string });
    } finally { line.end(); }
    await settleDepartures(here.desk);
    expect([statesOf(uuid), here.store.get('VM', vm).blocked_operations, here.store.get('VDI', vdiOf(here, vm)).current_operations]).toEqual([[true, false], { clone: 'because I say so' }, {}]);
    const silent = trouble({ push: cut, ask: lost });
    try {
      await expect(send(vm, await token())).rejects.toMatchObject({ code: 'VM_MIGRATE_FAILED' });
      here.store.transaction(tx => { const { start: _, ...rest } = tx.get('VM', vm).blocked_operations; tx.set('VM', vm, { blocked_operations: rest }); });
      await settleDepartures(here.desk);
    } finally { silent.end(); }
    expect([here.store.get('VM', vm).blocked_operations, here.store.get('VM', vm).allowed_operations.includes('start')]).toEqual([{ clone: 'because I say so' }, true]);
  });
});
