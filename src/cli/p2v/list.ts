import { print, type Verb } from '../verb';

export const p2vList: Verb = {
  name: 'p2v-list',
  summary: 'lists the physical machines that are being brought in, and those that have come',
  parameters: [],
  flags: ['json'],
  run: async ({ client, flags, terminal: { stdout } }) => {
    const vms = Object.values(await client.call('VM.get_all_records')).filter(vm => vm.other_config['p2v'] !== undefined).map(({ uuid, name_label, other_config: told }) => ({
      uuid, name: name_label, state: told['p2v'] ?? '', doneBytes: Number(told['p2v-done'] ?? 0), totalBytes: Number(told['p2v-total'] ?? 0), from: told['p2v-from'] ?? '', systems: told['p2v-systems'] ?? '', words: told['p2v-words'] ?? '',
    }));
    if (flags.has('json')) { print(stdout, JSON.stringify(vms, undefined, 2)); return; }
    for (const vm of vms) {
      const percent = vm.totalBytes > 0 ? `${Math.floor(100 * vm.doneBytes / vm.totalBytes)} %` : '';
      print(stdout, [vm.uuid, vm.name, vm.state, vm.state === 'receiving' ? percent : vm.words].filter(Boolean).join('  '));
    }
  },
};
