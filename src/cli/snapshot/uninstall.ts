import { disksOf, removeVm } from '../removal';
import { theOne } from '../actions';
import { SNAPSHOT } from '../kinds';
import { UsageError, type Verb } from '../verb';

export const snapshotUninstall: Verb = {
  name: 'snapshot-uninstall', summary: 'deletes a snapshot and its disks; needs --force', parameters: [{ name: 'uuid', about: 'the uuid of the snapshot' }, { name: 'snapshot-uuid', about: 'the same' }], flags: ['force'],
  run: async context => {
    if (!context.flags.has('force')) throw new UsageError('its disks would be gone for good: snapshot-uninstall needs --force');
    const snapshot = await theOne(context, SNAPSHOT, context.values.has('uuid') ? 'uuid' : 'snapshot-uuid');
    await removeVm(context, snapshot, await disksOf(context.client, snapshot));
  },
};
