import type { Desk } from '../desk';

/* Operations on the host's networks one after the other: two of them may be about one interface, and the undo of one must not take away what the other made. */

const last = new WeakMap<Desk, Promise<unknown>>();

export const inNetworkTurn = <T>(desk: Desk, work: () => T | Promise<T>): Promise<T> => {
  const mine = (last.get(desk) ?? Promise.resolve()).then(work, work);
  last.set(desk, mine.catch(() => { /* who asked for it gets it */ }));
  return mine;
};
