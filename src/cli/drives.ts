/* What hangs on a VM: its disks or its CD drives, in the order of their places. */
import type { Records, Ref } from '../shared/api';
import type { Client } from '../client';

export interface Drive { ref: Ref<'VBD'>; record: Records['VBD'] }

export const drivesOf = async (client: Client, vm: Ref<'VM'>, type: 'Disk' | 'CD'): Promise<readonly Drive[]> => {
  const all = await Promise.all((await client.call('VM.get_VBDs', vm)).map(async ref => ({ ref, record: await client.call('VBD.get_record', ref) })));
  return all.filter(({ record }) => record.type === type).sort((a, b) => Number(a.record.userdevice) - Number(b.record.userdevice));
};
