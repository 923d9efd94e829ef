import { CD_NAME, cdNamed, DRIVE_PARAMETERS, driveOf } from '../cds';
import type { Verb } from '../verb';

export const vmCdRemove: Verb = {
  name: 'vm-cd-remove',
  summary: 'takes the CD drive with this CD away from a VM that is off',
  parameters: [CD_NAME, ...DRIVE_PARAMETERS],
  flags: [],
  run: async context => {
    const { client, values } = context, name = values.get('cd-name') ?? '', [vdi] = await cdNamed(client, name);
    const { ref } = await driveOf(context, ({ record }) => record.VDI === vdi, `"${name}" is in no drive of this VM`);
    await client.call('VBD.destroy', ref);
  },
};
