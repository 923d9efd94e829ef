import { readLine } from '../password';
import { disksOf, removeVm } from '../removal';
import { finish } from '../task';
import { CannotError, print, UsageError, type Verb } from '../verb';
import { VM_PARAMETERS, vmOf } from '../vms';

export const vmUninstall: Verb = {
  name: 'vm-uninstall',
  summary: 'deletes a VM and its disks; --force: without asking, also a running one',
  parameters: VM_PARAMETERS,
  flags: ['force'],
  run: async context => {
    const { client, flags, terminal } = context;
    const force = flags.has('force');
    if (!force && terminal.stdin.isTTY !== true) throw new UsageError('vm-uninstall needs --force where nobody can be asked');
    const vm = await vmOf(context);
    const record = await client.call('VM.get_record', vm);
    const disks = await disksOf(client, vm);
    if (!force) {
      print(terminal.stderr, `These will be gone for good:\n  VM   ${record.uuid}  ${record.name_label}`);
      for (const { uuid, name } of disks) print(terminal.stderr, `  VDI  ${uuid}  ${name}`);
      if (await readLine(terminal, 'Type "yes" to delete them: ', true) !== 'yes') throw new CannotError('nothing was deleted');
    }
    if (force && record.power_state !== 'Halted') await finish(context, 'Stopping', await client.call('Async.VM.hard_shutdown', vm));
    await removeVm(context, vm, disks);
  },
};
