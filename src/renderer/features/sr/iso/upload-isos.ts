import { failureOf, type LocalFile } from '../../../api';
import { couldNot, type Stage } from '../../../parts/actions/action';
import type { SrTarget } from '../sr-target';
import { sendIso } from './send-iso';

/** One after the other; each is in the list of tasks with its progress and Cancel. */
export const uploadIsos = async ({ session, ref, target }: SrTarget, files: readonly LocalFile[], stage: Stage): Promise<void> => {
  const signal = new AbortController().signal; // cancelled in the list of tasks
  for (const file of files) {
    try {
      await sendIso(session, ref, file, signal);
      stage.succeeded(`Uploaded “${file.name}”`, target);
    } catch (error) { stage.failed(couldNot({ verb: 'upload', subject: file.name }), failureOf(error), session); }
  }
};
