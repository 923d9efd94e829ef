import { randomUUID } from 'node:crypto';
import { nullRef, type Records, type Ref } from '../../../shared/api';
import type { CallContext, Handler } from '../contract';
import type { Desk } from '../desk';
import { assertGuestKind } from '../licence/gates';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { withVdis } from '../vdi/claim';
import { cloneOf } from '../vdi/clone';
import { closeIntents, makeVdiStep } from '../vdi/make';
import { duplicateVm, withoutMarks, type Twin } from './duplicate';
import { keptStep } from './kept';
import { assertName } from './limits';
import { filledVbds } from './spec';

/* A second VM like the first: disks by copy on write, network cards with addresses of their own. All records come in one
 * transaction after the disks, so a clone is there wholly or not at all. The clone of a template is a template, and so is that of a snapshot. */

export const clone = (desk: Desk): Handler<'VM.clone'> => (context, vm, name) => cloneVm(desk, context, vm, name);

/** @param marks in the clone's other_config, from its first moment on */
export const cloneVm = (desk: Desk, context: CallContext, vm: Ref<'VM'>, name: string, marks: Readonly<Record<string, string>> = {}): Promise<Ref<'VM'>> => {
  assertName('new_name', name);
  assertGuestKind(desk, desk.store.get('VM', vm));
  return desk.lock.run(context, vm, 'clone', signal => {
    const disks = twinsOf(desk, vm, name);
    return withVdis(desk, context, disks.map(disk => disk.from), 'clone', () => makeClone(desk, context, vm, name, disks, marks, signal));
  });
};

/** @param name disks are called after the new VM */
export const twinsOf = (desk: Desk, vm: Ref<'VM'>, name: string): Twin[] =>
  filledVbds(desk.store, desk.store.get('VM', vm)).filter(([, vbd]) => vbd.type === 'Disk')
    .map(([ref, vbd]) => ({ vbd: ref, from: vbd.VDI, sr: desk.store.get('VDI', vbd.VDI).SR, uuid: randomUUID(), name: `${name} ${vbd.userdevice}` }));

const makeClone = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, name: string, disks: readonly Twin[], marks: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Ref<'VM'>> => {
  const uuid = randomUUID();
  let made = nullRef<'VM'>();
  await runPlan([
    ...disks.map(disk => makeVdiStep(desk, {
      uuid: disk.uuid, sr: disk.sr, name: disk.name, operation: 'clone', from: disk.from, make: cloneOf(desk, disk.from, disk), made: stored => { disk.stored = stored; },
    }, 10)),
    keptStep(desk, vm, uuid),
    { name: 'record', weight: 1, do: () => { made = desk.store.transaction(tx => duplicateVm(tx, vm, { twins: disks, fields: { uuid, name_label: name, other_config: { ...ownConfig(tx.get('VM', vm)), ...marks } } })); } },
    closeIntents(desk, () => disks.map(disk => disk.uuid)),
  ], { of: 'VM.clone', signal, progress: context.task.progress, log: desk.log });
  for (const sr of new Set(disks.map(disk => disk.sr))) await refreshSpace(desk, sr);
  return made;
};

/** A clone of a default template is the person's own, and says where it comes from. */
export const ownConfig = (vm: Readonly<Records['VM']>): Readonly<Record<string, string>> => {
  const { default_template, 'template-version': _version, 'build-recipe': _recipe, 'build-lacks': _lacks, 'instant-lacks': _why, 'start-mode': _mode, ...rest } = withoutMarks(vm.other_config);
  return default_template === undefined ? rest : { ...rest, base_template_name: vm.name_label };
};
