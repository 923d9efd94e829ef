import type { Services } from './contract';
import { Journal } from './journal';
import { VmLock } from './lock';
import { writeEveryday } from './message/everyday';
import { Traffic } from './traffic';

/* The services, and what all operations of this process share: who works on which VM, and what is half done. */

export interface Desk extends Services {
  lock: VmLock;
  journal: Journal;
  traffic: Traffic;
  /** The service takes its VMs with it: none starts any more. */
  stopsVms: boolean;
}
/** Keeps `services` itself as the base: what main changes later (the port) is seen. */
export const createDesk = (services: Services): Desk => {
  const traffic = new Traffic();
  return Object.assign(Object.create(services) as Services, { lock: new VmLock(services.store, traffic, (tx, vm, operation, result) => { writeEveryday(services, tx, vm, operation, result); }), journal: new Journal(services.store), traffic, stopsVms: false });
};
