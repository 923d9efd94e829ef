import { disksOf, removeVm } from '../removal';
import { neededRef } from '../pick';
import { UsageError, type Verb } from '../verb';

export const snapshotUninstall: Verb = {
  name: 'snapshot-uninstall', summary: 'deletes a snapshot and its disks; needs --force', parameters: [{ name: 'uuid', about: 'the uuid of the snapshot' }, { name: 'snapshot-uuid', about: 'the same' }], flags: ['force'],
  run: async context => {
    if (!context.flags.has('force')) throw new UsageError('its disks would be gone for good: snapshot-uninstall needs --force');
    const snapshot = await neededRef(context, 'VM', context.values.has('uuid') ? 'uuid' : 'snapshot-uuid'), { is_a_snapshot } = await context.client.call('VM.get_record', snapshot);
    if (!is_a_snapshot) throw new UsageError('that is no snapshot; vm-uninstall deletes VMs');
    await removeVm(context, snapshot, await disksOf(context.client, snapshot));
  },
};
