import type { LocalFile } from '../../../api';
import type { Stage } from '../../../parts/actions/action';
import { carryIsoIn } from '../../../parts/transfer/imports';
import type { SrTarget } from '../sr-target';

/** One after the other; each is in the list of tasks with its progress and Cancel. */
export const uploadIsos = async ({ session, ref }: SrTarget, files: readonly LocalFile[], stage: Stage): Promise<void> => {
  for (const file of files) await carryIsoIn(stage, session, { file, sr: ref });
};
