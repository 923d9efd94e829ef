import { CD_NAME, cdNamed, DRIVE_PARAMETERS, driveOf, isLoaded } from '../cds';
import { finish } from '../task';
import type { Verb } from '../verb';

export const vmCdInsert: Verb = {
  name: 'vm-cd-insert',
  summary: 'puts a CD into the empty drive of a VM',
  parameters: [CD_NAME, ...DRIVE_PARAMETERS],
  flags: [],
  run: async context => {
    const { client, values } = context, [vdi] = await cdNamed(client, values.get('cd-name') ?? '');
    const { ref } = await driveOf(context, drive => !isLoaded(drive), 'this VM has no empty CD drive; "xe vm-cd-add" gives it one, "xe vm-cd-eject" empties one');
    await finish(context, 'Inserting', await client.call('Async.VBD.insert', ref, vdi));
  },
};
