import type { Services } from './contract';
import { Journal } from './journal';
import { VmLock } from './lock';

/* The services, and what all operations of this process share: who works on which VM, and what is half done. */

export interface Desk extends Services {
  lock: VmLock;
  journal: Journal;
}
/** Keeps `services` itself as the base: what main changes later (the port) is seen. */
export const createDesk = (services: Services): Desk =>
  Object.assign(Object.create(services) as Services, { lock: new VmLock(services.store), journal: new Journal(services.store) });
