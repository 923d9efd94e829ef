import { randomUUID } from 'node:crypto';
import { isNull, nullRef } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { assertGuestKind } from '../licence/gates';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { withVdis } from '../vdi/claim';
import { copyOf } from '../vdi/copy';
import { assertRoom, closeIntents, makeVdiStep } from '../vdi/make';
import { ownConfig, twinsOf } from './clone';
import { duplicateVm } from './duplicate';
import { keptStep } from './kept';
import { assertName } from './limits';

/** A second VM like the first whose disks share nothing with the first's, on any repository. */
export const copy = (desk: Desk): Handler<'VM.copy'> => (context, vm, name, sr) => {
  assertName('new_name', name);
  assertGuestKind(desk, desk.store.get('VM', vm));
  if (!isNull(sr)) desk.store.get('SR', sr);
  return desk.lock.run(context, vm, 'copy', signal => {
    const uuid = randomUUID(), disks = twinsOf(desk, vm, name).map(twin => ({ ...twin, sr: isNull(sr) ? twin.sr : sr }));
    return withVdis(desk, context, disks.map(disk => disk.from), 'copy', async () => {
      for (const place of new Set(disks.map(disk => disk.sr))) {
        await assertRoom(desk, place, disks.filter(disk => disk.sr === place).reduce((sum, disk) => sum + desk.store.get('VDI', disk.from).physical_utilisation, 0));
      }
      let made = nullRef<'VM'>();
      await runPlan([
        ...disks.map(disk => makeVdiStep(desk, {
          uuid: disk.uuid, sr: disk.sr, name: disk.name, operation: 'copy', from: disk.from, make: copyOf(desk, disk.from, disk, { signal }), made: stored => { disk.stored = stored; },
        }, Math.max(1, desk.store.get('VDI', disk.from).physical_utilisation / 2 ** 20))),
        keptStep(desk, vm, uuid),
        { name: 'record', weight: 1, do: () => { made = desk.store.transaction(tx => duplicateVm(tx, vm, { twins: disks, fields: { uuid, name_label: name, other_config: ownConfig(tx.get('VM', vm)) } })); } },
        closeIntents(desk, () => disks.map(disk => disk.uuid)),
      ], { of: 'VM.copy', signal, progress: context.task.progress, log: desk.log });
      for (const place of new Set(disks.map(disk => disk.sr))) await refreshSpace(desk, place);
      return made;
    });
  });
};
