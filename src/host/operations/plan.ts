import { messageOf } from './failure';
import type { Log } from './contract';

/* An operation is a list of steps. Each names itself, does one thing and knows its own way back; one runner weighs the
 * progress, watches the signal, and undoes backwards what was done when a later step fails. */

export interface Step {
  name: string;
  /** Share of the progress, against the other steps'. */
  weight: number;
  /** A step that fails leaves nothing of its own behind. */
  do(signal: AbortSignal): void | Promise<void>;
  undo?(): void | Promise<void>;
}
export interface Run {
  /** For the log: `VM.start`. */
  of: string;
  signal: AbortSignal;
  progress: (fraction: number) => void;
  log: Log;
}

/** Told at every boundary of every plan: before step 0, 1, ... and after the last. For the test that kills the service at each of them. */
type Boundary = (of: string, index: number) => void;
let atBoundary: Boundary | undefined;
export const watchBoundaries = (listener: Boundary | undefined): void => { atBoundary = listener; };

export const runPlan = async (steps: readonly Step[], run: Run): Promise<void> => {
  const total = steps.reduce((sum, step) => sum + step.weight, 0);
  const done: Step[] = [];
  let weight = 0;
  try {
    for (const step of steps) {
      atBoundary?.(run.of, done.length);
      if (step.weight > 0) run.signal.throwIfAborted(); // what has no weight only writes down what is done
      await step.do(run.signal);
      done.push(step);
      run.progress((weight += step.weight) / total);
    }
    atBoundary?.(run.of, done.length);
  } catch (error) {
    run.log.warn('plan failed', { of: run.of, at: steps[done.length]?.name ?? 'end', why: messageOf(error), undoing: done.length });
    await undo(done, run);
    throw error;
  }
};

const undo = async (done: Step[], run: Run): Promise<void> => {
  for (const step of done.reverse()) {
    try { await step.undo?.(); } catch (error) {
      run.log.error('undo failed', { of: run.of, step: step.name, why: messageOf(error) });
    }
  }
};
