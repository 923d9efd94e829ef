import type { Ref } from '../../../../../shared/api';
import { attachedPbds, type SrTarget } from '../../sr-target';

/* Forgetting or destroying a storage repository: detached first where the host wants it so, and attached again when it cannot go. */

export const removeSr = async (sr: SrTarget, how: 'forget' | 'destroy', signal: AbortSignal): Promise<void> => {
  const { session, ref, record } = sr;
  const about = { verb: how, subject: record.name_label, subjectRef: ref };
  const offered = session.records.get('SR', ref)?.allowed_operations.includes(how) ?? false;
  const detached: Ref<'PBD'>[] = [];
  try {
    if (!offered) for (const pbd of attachedPbds(sr)) {
      await session.run({ ...about, verb: 'detach' }, signal, 'Async.PBD.unplug', pbd);
      detached.push(pbd);
    }
    await session.run(about, signal, how === 'forget' ? 'Async.SR.forget' : 'Async.SR.destroy', ref);
  } catch (error) {
    for (const pbd of detached) await session.run({ ...about, verb: 'attach' }, undefined, 'Async.PBD.plug', pbd).catch(() => { /* the tree shows it detached; Attach is offered there */ });
    throw error;
  }
};
