/* What hangs on a VM, as XenServer lists it: of each disk or drive its VBD, then what is in it. */
import { isNull, type Records } from '../shared/api';
import type { Client } from '../client';
import { printRecords, type AnyRecord } from './records';
import { print, type Context, type Parameter } from './verb';
import { VM_PARAMETERS } from './vms';

export const DRIVE_LIST_PARAMETERS: readonly Parameter[] = [...VM_PARAMETERS, { name: 'vbd-params', about: 'which fields of the VBDs' }, { name: 'vdi-params', about: 'which fields of what is in them' }];

/** With --minimal or --json only what is in them. @param first what is shown when nothing is asked for */
export const listDrives = async (context: Context, label: string, vbds: readonly Records['VBD'][], first: { vbd: readonly string[]; vdi: readonly string[] }): Promise<void> => {
  const { client, flags, terminal: { stdout } } = context;
  const show = (cls: 'VBD' | 'VDI', records: readonly AnyRecord[], fields: readonly string[]): Promise<void> => {
    const params = context.values.get(`${cls.toLowerCase()}-params`);
    return printRecords({ ...context, values: new Map(params === undefined ? [] : [['params', params]]) }, cls, records, fields);
  };
  if (flags.has('minimal') || flags.has('json')) { await show('VDI', (await Promise.all(vbds.map(vbd => contentOf(client, vbd)))).flat(), ['uuid']); return; }
  for (const [i, vbd] of vbds.entries()) {
    print(stdout, `${label} ${i} VBD:`);
    await show('VBD', [vbd as unknown as AnyRecord], first.vbd);
    const content = await contentOf(client, vbd);
    if (content.length === 0) continue;
    print(stdout, `${label} ${i} VDI:`);
    await show('VDI', content, first.vdi);
  }
};

/** Nothing for an empty drive. */
const contentOf = async (client: Client, { empty, VDI: vdi }: Records['VBD']): Promise<readonly AnyRecord[]> => (empty || isNull(vdi) ? [] : [await client.call('VDI.get_record', vdi) as unknown as AnyRecord]);
