import { DRIVE_PARAMETERS, driveOf, isLoaded } from '../cds';
import { finish } from '../task';
import type { Verb } from '../verb';

export const vmCdEject: Verb = {
  name: 'vm-cd-eject',
  summary: 'takes the CD out of the drive of a VM',
  parameters: DRIVE_PARAMETERS,
  flags: [],
  run: async context => {
    const { ref } = await driveOf(context, isLoaded, 'there is no CD in a drive of this VM');
    await finish(context, 'Ejecting', await context.client.call('Async.VBD.eject', ref));
  },
};
