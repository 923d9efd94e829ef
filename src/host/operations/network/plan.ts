import type { CallContext } from '../contract';
import type { Desk } from '../desk';
import { translated, type About } from '../failure';
import { runPlan, type Step } from '../plan';
import { inNetworkTurn } from './turn';

/** Runs the steps that `make` answers, when it is their turn; what `make` refuses was never begun. */
export const runNetworkPlan = (desk: Desk, context: CallContext, of: string, about: About, make: () => readonly Step[] | Promise<readonly Step[]>): Promise<void> =>
  inNetworkTurn(desk, () => translated(about, async () => {
    await runPlan(await make(), { of, signal: context.task.signal, progress: context.task.progress, log: desk.log });
  }));
