import { isNull } from '../../shared/api';
import type { AnyRecord } from '../fields';
import { printRecords } from '../records';
import { print, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

/* As XenServer's: of each disk its VBD, then its VDI. */

export const vmDiskList: Verb = {
  name: 'vm-disk-list', summary: 'lists the disks of a VM', flags: ['minimal', 'json'],
  parameters: [...VM_PARAMETERS, { name: 'vbd-params', about: 'which fields of the VBDs' }, { name: 'vdi-params', about: 'which fields of the disks' }],
  run: async context => {
    const { client, values, flags, terminal: { stdout } } = context, vbds = (await Promise.all((await client.call('VM.get_VBDs', await vmOf(context))).map(ref => client.call('VBD.get_record', ref)))).filter(({ type, VDI }) => type === 'Disk' && !isNull(VDI));
    vbds.sort((a, b) => Number(a.userdevice) - Number(b.userdevice));
    const vdis = await Promise.all(vbds.map(({ VDI }) => client.call('VDI.get_record', VDI))) as unknown as readonly AnyRecord[];
    const show = (cls: 'VBD' | 'VDI', records: readonly AnyRecord[], first: readonly string[]): Promise<void> => {
      const params = values.get(`${cls.toLowerCase()}-params`);
      return printRecords({ ...context, values: new Map(params === undefined ? [] : [['params', params]]) }, cls, records, first);
    };
    if (flags.has('minimal') || flags.has('json')) { await show('VDI', vdis, ['uuid']); return; }
    for (const [i, vbd] of vbds.entries()) {
      print(stdout, `Disk ${i} VBD:`);
      await show('VBD', [vbd as unknown as AnyRecord], ['uuid', 'vm-name-label', 'userdevice']);
      print(stdout, `Disk ${i} VDI:`);
      await show('VDI', [vdis[i]!], ['uuid', 'name-label', 'sr-name-label', 'virtual-size']);
    }
  },
};
