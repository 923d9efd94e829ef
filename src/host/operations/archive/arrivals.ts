import { createHash, randomBytes } from 'node:crypto';
import { ApiError, nullRef, type Ref } from '../../../shared/api';
import type { Arrivals, Caller } from '../contract';
import type { Desk } from '../desk';

/* VMs that another host sends here. Who may send one has a ticket, good for one VM; and whoever has it may ask afterwards what has become of it, with no session: the host that sends may
 * have died, or have lost the answer, and must know on which side the VM is now. What is answered is durable and final: of a VM that is not here and is asked for, nothing comes any more. */

interface Arrival { /** Its SHA-256. */ ticket: string; user: string; role: string; state: 'due' | 'coming' | 'arrived' | 'refused'; /** The uuid that it comes with. */ vm: string; at: number }

const KEY = 'operations.arrivals';
/** What has not come by then will not; an arrival is kept until the other host knows of it. */
const DUE_MAX_MS = 24 * 3600 * 1000;

const all = (desk: Desk): readonly Arrival[] => JSON.parse(desk.store.setting(KEY) ?? '[]') as Arrival[];
const write = (desk: Desk, arrivals: readonly Arrival[]): void => { desk.store.setSetting(KEY, JSON.stringify(arrivals)); };
const hashOf = (ticket: string): string => createHash('sha256').update(ticket).digest('hex');
const find = (desk: Desk, ticket: string): Arrival | undefined => { const hash = hashOf(ticket); return all(desk).find(arrival => arrival.ticket === hash); };
const set = (desk: Desk, ticket: string, fields: Partial<Arrival>): void => { const hash = hashOf(ticket); write(desk, all(desk).map(arrival => (arrival.ticket === hash ? { ...arrival, ...fields } : arrival))); };
const vmOf = (desk: Desk, uuid: string): Ref<'VM'> | undefined => [...desk.store.all('VM')].find(([, vm]) => vm.uuid === uuid)?.[0];

export const issueTicket = (desk: Desk, { user, role }: Caller): string => {
  const ticket = randomBytes(32).toString('hex'), since = desk.now() - DUE_MAX_MS;
  write(desk, [...all(desk).filter(({ state, at }) => state === 'coming' || state === 'arrived' || at > since), { ticket: hashOf(ticket), user, role, state: 'due', vm: '', at: desk.now() }]);
  return ticket;
};

/** The uuid is noted before there is a record with it. */
export const nameArrival = (desk: Desk, ticket: string, vm: string): void => { set(desk, ticket, { vm }); };

/** At the start nothing is coming any more: a VM is here, or it is not. */
export const settleArrivals = (desk: Desk): void => {
  if (all(desk).some(({ state }) => state === 'coming')) write(desk, all(desk).map(arrival => (arrival.state === 'coming' ? { ...arrival, state: vmOf(desk, arrival.vm) ? 'arrived' : 'refused' } : arrival)));
};

export const arrivalsOf = (desk: Desk): Arrivals => ({
  through: async (ticket, origin, work) => {
    const arrival = find(desk, ticket);
    if (arrival?.state !== 'due' || desk.now() - arrival.at > DUE_MAX_MS) throw new ApiError('OPERATION_NOT_ALLOWED', 'this ticket was used, was given up, or is too old');
    set(desk, ticket, { state: 'coming' });
    let isMade = false;
    try {
      const made = await work({ session: nullRef<'session'>(), user: arrival.user, role: arrival.role, origin });
      isMade = true;
      return made;
    } finally { set(desk, ticket, { state: isMade || vmOf(desk, find(desk, ticket)?.vm ?? '') ? 'arrived' : 'refused' }); }
  },
  outcome: ticket => {
    const arrival = find(desk, ticket);
    if (arrival?.state === 'due') set(desk, ticket, { state: 'refused' });
    return arrival?.state === 'coming' ? { state: 'coming' } : arrival?.state === 'arrived' ? { state: 'arrived', vm: vmOf(desk, arrival.vm) ?? nullRef<'VM'>() } : { state: 'refused' };
  },
  forget: ticket => { const hash = hashOf(ticket); write(desk, all(desk).filter(arrival => arrival.ticket !== hash || arrival.state === 'coming')); },
});
