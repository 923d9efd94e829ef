import { type About, failureOf, type Session } from '../../api';
import { couldNot, type Stage, type Target } from './action';

/** Does `work` and says how it went: `done` with the subject's name, or why not. */
export const outcome = async (stage: Stage, session: Session, about: About, done: string, work: () => Promise<unknown>, target?: Target): Promise<void> => {
  try {
    await work();
    stage.succeeded(`${done} “${about.subject}”`, target);
  } catch (error) { stage.failed(couldNot(about), failureOf(error), session); }
};
