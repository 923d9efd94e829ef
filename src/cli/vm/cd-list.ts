import { drivesOf, isLoaded } from '../cds';
import { printRecords, type AnyRecord } from '../records';
import { print, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

/* As XenServer's: of each drive its VBD, then what is in it. */

export const vmCdList: Verb = {
  name: 'vm-cd-list',
  summary: 'lists the CD drives of a VM, and what is in them',
  parameters: [...VM_PARAMETERS, { name: 'vbd-params', about: 'which fields of the drives' }, { name: 'vdi-params', about: 'which fields of what is in them' }],
  flags: ['minimal', 'json'],
  run: async context => {
    const { client, values, flags, terminal: { stdout } } = context, drives = await drivesOf(client, await vmOf(context));
    const show = (cls: 'VBD' | 'VDI', records: readonly AnyRecord[], first: readonly string[]): Promise<void> => {
      const params = values.get(`${cls.toLowerCase()}-params`);
      return printRecords({ ...context, values: new Map(params === undefined ? [] : [['params', params]]) }, cls, records, first);
    };
    const media = async (loaded: typeof drives): Promise<AnyRecord[]> => Promise.all(loaded.filter(isLoaded).map(async ({ record }) => await client.call('VDI.get_record', record.VDI) as unknown as AnyRecord));
    if (flags.has('minimal') || flags.has('json')) { await show('VDI', await media(drives), ['uuid']); return; }
    for (const [i, drive] of drives.entries()) {
      print(stdout, `CD ${i} VBD:`);
      await show('VBD', [drive.record as unknown as AnyRecord], ['uuid', 'empty', 'userdevice']);
      if (!isLoaded(drive)) continue;
      print(stdout, `CD ${i} VDI:`);
      await show('VDI', await media([drive]), ['uuid', 'name-label', 'virtual-size']);
    }
  },
};
