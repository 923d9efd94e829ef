import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, type XenApi } from 'xen-api';
import { Lab, PASSWORD } from './lab';

/* npm xen-api, the client of Xen Orchestra, as it is. */

let lab: Lab;
const clients: XenApi[] = [];
beforeEach(async () => { lab = await Lab.start(); });
afterEach(async () => { await Promise.all(clients.splice(0).map(c => c.disconnect())); await lab.stop(); });

const connect = async (transport: string, password = PASSWORD): Promise<XenApi> => {
  const client = createClient({ url: lab.url, allowUnauthorized: true, auth: { user: 'root', password }, transport, debounce: 20 });
  clients.push(client);
  await client.connect();
  await client.objectsFetched;
  return client;
};

describe.each(['json-rpc', 'xml-rpc', 'auto'])('npm xen-api by %s', transport => {
  it('connects, fills its cache, sees events and barriers', async () => {
    const client = await connect(transport), types = new Set(Object.values(client.objects.all).map(o => o.$type));
    expect(types).toEqual(new Set(['pool', 'host', 'VM', 'SR', 'VBD', 'console', 'role']));
    expect(client.getObjectByRef(lab.vm)['name_label']).toBe('vm one');
    await client.setField('VM', lab.vm, 'name_label', 'renamed');
    await client.setFieldEntry('VM', lab.vm, 'HVM_boot_params', 'order', 'cd');
    await client.setFieldEntry('VM', lab.vm, 'HVM_boot_params', 'order', 'dc');
    await client.barrier();
    expect(client.getObjectByRef(lab.vm)).toMatchObject({ name_label: 'renamed', HVM_boot_params: { order: 'dc' } });
  });
  it('runs tasks, gets their results and their errors', async () => {
    const client = await connect(transport);
    const clone = await client.callAsync('VM.clone', lab.vm, 'a clone') as string;
    expect(lab.store.get('VM', clone).name_label).toBe('a clone');
    expect(await client.callAsync('VM.start', lab.vm, false, false)).toBe('');
    await expect(client.callAsync('VM.start', lab.vm, true, false)).rejects.toMatchObject({ code: 'VM_BAD_POWER_STATE', params: [lab.vm, 'halted', 'running'] });
    await expect(client.call('VM.get_record', 'OpaqueRef:x')).rejects.toMatchObject({ code: 'HANDLE_INVALID', params: ['VM', 'OpaqueRef:x'] });
  });
});

it('tells a wrong password', async () => {
  await expect(connect('json-rpc', 'wrong')).rejects.toMatchObject({ code: 'SESSION_AUTHENTICATION_FAILED' });
  clients.length = 0;
});
