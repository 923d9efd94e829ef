import type { AnyRecord } from '../fields';
import { PARAMS, printRecords } from '../records';
import type { Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

export const vmVifList: Verb = {
  name: 'vm-vif-list', summary: 'lists the network cards of a VM', flags: ['minimal', 'json'], parameters: [...VM_PARAMETERS, PARAMS],
  run: async context => {
    const { client } = context, vifs = await Promise.all((await client.call('VM.get_VIFs', await vmOf(context))).map(ref => client.call('VIF.get_record', ref)));
    await printRecords(context, 'VIF', vifs.sort((a, b) => Number(a.device) - Number(b.device)) as unknown as readonly AnyRecord[], ['uuid', 'device', 'MAC', 'network-uuid', 'network-name-label']);
  },
};
