import { setTimeout as sleep } from 'node:timers/promises';
import type { Records, Ref } from '../../../shared/api';
import type { Desk } from '../desk';
import { messageOf } from '../failure';

/* Several VMs one after another: by their `order`, those of one order together, and between two orders the longest delay of the first. */

type Vm = readonly [Ref<'VM'>, Readonly<Records['VM']>];
export interface Sequence {
  vms: readonly Ref<'VM'>[];
  /** `down`: the last order first. */
  direction: 'up' | 'down';
  work: (vm: Ref<'VM'>) => Promise<unknown>;
  signal: AbortSignal;
  progress: (fraction: number) => void;
}

/** Answers those that failed; it goes on with the others. Rejects when it is told to stop. */
export const inOrder = async (desk: Desk, { vms, direction, work, signal, progress }: Sequence): Promise<{ vm: Ref<'VM'>; why: string }[]> => {
  const failed: { vm: Ref<'VM'>; why: string }[] = [], groups = groupsOf(desk, vms, direction);
  for (const [index, group] of groups.entries()) {
    signal.throwIfAborted();
    const outcomes = await Promise.allSettled(group.map(async ([vm]) => { await work(vm); }));
    outcomes.forEach((outcome, at) => { if (outcome.status === 'rejected') failed.push({ vm: group[at]![0], why: messageOf(outcome.reason) }); });
    progress((index + 1) / groups.length);
    const seconds = Math.max(...group.map(([, vm]) => (direction === 'up' ? vm.start_delay : vm.shutdown_delay)));
    if (seconds > 0 && index < groups.length - 1) await waitFor(seconds, signal);
  }
  signal.throwIfAborted();
  return failed;
};

const groupsOf = (desk: Desk, vms: readonly Ref<'VM'>[], direction: 'up' | 'down'): Vm[][] => {
  const groups = new Map<number, Vm[]>();
  for (const ref of vms) {
    const vm = desk.store.get('VM', ref), group = groups.get(vm.order) ?? [];
    groups.set(vm.order, [...group, [ref, vm]]);
  }
  return [...groups].sort(([a], [b]) => (direction === 'up' ? a - b : b - a)).map(([, group]) => group);
};

/** What the administrator wants waited for; rejects with the signal's reason. */
const waitFor = async (seconds: number, signal: AbortSignal): Promise<void> => {
  try { await sleep(seconds * 1000, undefined, { signal }); } catch (error) { signal.throwIfAborted(); throw error; }
};
