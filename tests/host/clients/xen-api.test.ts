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
}
let host: TestHost, xapi: Xapi;
beforeAll(async () => {
  host = await startHost();
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
});
