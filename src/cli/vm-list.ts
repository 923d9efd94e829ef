import { complete } from '../client';
import { filtered, printRecords, type AnyRecord } from './records';
import type { Verb } from './verb';

export const vmList: Verb = {
  name: 'vm-list',
  summary: 'lists VMs; name=value keeps those whose field has this value (power-state=running)',
  parameters: [{ name: 'params', about: 'which fields, with commas between them, or "all"' }],
  flags: ['minimal', 'json'],
  filters: true,
  run: async context => {
    const records = await context.client.call('VM.get_all_records');
    const vms = Object.values(records).map(record => complete('VM', record as unknown as AnyRecord)).filter(vm => !vm.is_a_template && !vm.is_a_snapshot)
      .sort((a, b) => a.name_label.localeCompare(b.name_label)) as unknown as AnyRecord[];
    const filters = new Map([...context.values].filter(([name]) => name !== 'params'));
    printRecords(context, 'VM', filtered('VM', vms, filters), ['uuid', 'name-label', 'power-state']);
  },
};
