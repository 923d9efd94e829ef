import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHost, type TestHost } from '../../fixtures/host';

/* npm xen-api, the client of Xen Orchestra, as it comes from the registry. */

interface XapiObject { $type: string; $ref: string; name_label?: string; power_state?: string }
interface Xapi {
  status: string;
  pool: { $ref: string; master: string };
  objects: { all: Record<string, XapiObject>; on(event: 'add' | 'update', listener: () => void): void; off(event: 'add' | 'update', listener: () => void): void };
  objectsFetched: Promise<void>;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
  callAsync(method: string, ...args: readonly unknown[]): Promise<unknown>;
  getRecord(type: string, ref: string): Promise<{ name_label: string }>;
  barrier(ref?: string): Promise<unknown>;
  getField(type: string, ref: string, field: string): Promise<unknown>;
  getResource(path: string, options: { query: Readonly<Record<string, string>>; task: boolean }): Promise<{ body: AsyncIterable<Buffer> }>;
  putResource(body: Buffer | Readable, path: string, options: { query: Readonly<Record<string, string>>; task: boolean }): Promise<unknown>;
}
/* For what goes by files it dials the host's address on port 443, whatever port its own URL has. */
const MAY_LISTEN_LOW = process.getuid?.() === 0;
const OWN_ADDRESS = `127.94.${process.pid >> 8 & 255}.${process.pid & 255 || 1}:443`;
let host: TestHost, xapi: Xapi;
beforeAll(async () => {
  host = await startHost(MAY_LISTEN_LOW ? { args: ['--listen', OWN_ADDRESS] } : {});
  const name: string = 'xen-api'; // it has no types
  const { createClient } = await import(name) as { createClient: (options: object) => Xapi };
  xapi = createClient({ url: host.url, auth: { user: 'root', password: host.password }, allowUnauthorized: true, debounce: 10 });
  await xapi.connect();
});
afterAll(async () => { await xapi?.disconnect(); await host?.dispose(); });

const named = (name: string) => Object.values(xapi.objects.all).find(object => object.name_label === name);

/** Resolves when its own copy of the VM says so. */
const isSeen = (vm: string, power_state: string): Promise<void> => new Promise(resolve => {
  const look = (): void => {
    if (!Object.values(xapi.objects.all).some(object => object.$ref === vm && object.power_state === power_state)) return;
    for (const event of ['add', 'update'] as const) xapi.objects.off(event, look);
    resolve();
  };
  for (const event of ['add', 'update'] as const) xapi.objects.on(event, look);
  look();
});

describe('xen-api', () => {
  it('connects, and fills its records by events', async () => {
    await xapi.objectsFetched;
    expect(xapi.status).toBe('connected');
    const types = new Set(Object.values(xapi.objects.all).map(object => object.$type));
    for (const type of ['pool', 'host', 'VM', 'SR', 'VDI', 'VBD', 'VIF', 'network', 'PBD', 'host_metrics', 'VM_metrics']) expect(types, type).toContain(type);
    expect(xapi.pool.$ref).toBe(Object.values(xapi.objects.all).find(object => object.$type === 'pool')?.$ref);
    await xapi.barrier();
  });

  it('makes a VM from the template, starts it, sees it run and end', async () => {
    const template = named('Tiny Linux')!;
    expect(template).toMatchObject({ $type: 'VM', is_a_template: true });
    const vm = await xapi.callAsync('VM.clone', template.$ref, 'from xen-api') as string;
    await xapi.call('VM.remove_from_other_config', vm, 'disks');
    await xapi.callAsync('VM.provision', vm);
    await xapi.callAsync('VM.start', vm, false, false);
    await isSeen(vm, 'Running');
    expect(await xapi.getField('VM', vm, 'consoles')).toHaveLength(2);
    await expect(xapi.call('VM.start', vm, false, false)).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE', params: [vm, 'halted', 'running'] });
    await xapi.callAsync('VM.hard_shutdown', vm);
    await isSeen(vm, 'Halted');
    await xapi.callAsync('VM.destroy', vm);
    await expect(xapi.getRecord('VM', vm)).rejects.toMatchObject({ code: 'HANDLE_INVALID' });
  });

  it('takes a snapshot, and goes back to it', async () => {
    const vm = await xapi.callAsync('VM.clone', named('Tiny Linux')!.$ref, 'to be kept') as string;
    await xapi.callAsync('VM.provision', vm);
    const snapshot = await xapi.callAsync('VM.snapshot', vm, 'as it was') as string;
    await xapi.call('VM.set_VCPUs_max', vm, 2);
    await xapi.callAsync('VM.revert', snapshot);
    expect(await xapi.getField('VM', vm, 'VCPUs_max')).toBe(1);
    await xapi.barrier(snapshot);
    expect(named('as it was')).toMatchObject({ is_a_snapshot: true, snapshot_of: vm });
  });

  it.skipIf(!MAY_LISTEN_LOW)('carries a VM out and in, and a disk up and down, by streams of unknown length too', async () => {
    const vm = named('to be kept')!.$ref;
    const archive = await buffer((await xapi.getResource('/export/', { query: { ref: vm, use_compression: 'zstd' }, task: true })).body);
    const [imported] = ((await xapi.putResource(archive, '/import/', { query: { restore: 'false' }, task: true })) as string[]).flat();
    expect(await xapi.getRecord('VM', imported ?? '')).toMatchObject({ name_label: 'to be kept', power_state: 'Halted' });
    const bytes = Buffer.alloc(4 * 1024 * 1024, 'disk');
    const sr = await xapi.getField('pool', xapi.pool.$ref, 'default_SR');
    const vdi = await xapi.call('VDI.create', { name_label: 'by xen-api', name_description: '', SR: sr, virtual_size: bytes.length, type: 'user', sharable: false, read_only: false, other_config: {} }) as string;
    await xapi.putResource(Readable.from([bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000)]), '/import_raw_vdi/', { query: { format: 'raw', vdi }, task: true });
    const back = await buffer((await xapi.getResource('/export_raw_vdi/', { query: { format: 'raw', vdi }, task: true })).body);
    expect(back.equals(bytes)).toBe(true);
    await xapi.callAsync('VDI.destroy', vdi);
  });
});
