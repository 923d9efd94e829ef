import { CallFailed, type About, type Again, type Failure, failureOf, type Session } from '../../api';
import { couldNot, type Stage, type Target } from '../actions/action';

/* A transfer goes on by itself once its dialog is closed: how far it is stands in the list of tasks, how it ended is said, and what broke off can be taken up there. */

export interface Job<T> {
  session: Session;
  about: About;
  /** `resume`: goes on with what an earlier try has left. */
  work: (resume: boolean, again: (failure: Failure) => Again) => Promise<T>;
  /** After a failure: whether there is something to go on with. */
  goesOn: (failure: Failure) => boolean;
  /** Lets go of what there is of it. */
  drop: () => Promise<void>;
  done: (made: T) => { words: string; about?: Target | undefined };
}

export const carry = async <T>(stage: Stage, job: Job<T>, resume = false): Promise<void> => {
  const { session, about } = job;
  const again = (failure: Failure): Again => {
    const goesOn = job.goesOn(failure);
    return { label: goesOn ? 'Go on' : 'Try again', run: () => { void carry(stage, job, goesOn); }, ...(goesOn && { drop: () => { void dropped(stage, job); } }) };
  };
  try {
    const { words, about: made } = job.done(await job.work(resume, again));
    stage.succeeded(words, made);
  } catch (error) {
    const failure = failureOf(error);
    stage.failed(couldNot(about), job.goesOn(failure) ? failure : await undone(job, failure), session);
  }
};

/** Nothing is left of what cannot go on; or it is said. */
const undone = async <T>({ about, drop }: Job<T>, cause: Failure): Promise<Failure> => {
  try { await drop(); return cause; } catch (error) { return { kind: 'half-made', name: about.subject, cause, undo: failureOf(error) }; }
};

const dropped = async <T>(stage: Stage, { session, about, drop }: Job<T>): Promise<void> => {
  try { await drop(); } catch (error) { stage.failed(`Could not remove what has come of “${about.subject}”`, failureOf(error), session); }
};

/** Whether the other end, or the way there, broke off in the middle: nobody has said no. */
export const brokeOff = ({ kind }: Failure): boolean => kind === 'silent' || kind === 'outcome-unknown';
export const isGone = (error: unknown): boolean => error instanceof CallFailed && error.failure.kind === 'refused' && error.failure.code === 'HANDLE_INVALID';
