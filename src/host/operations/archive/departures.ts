import { setTimeout as delay } from 'node:timers/promises';
import type { Ref } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import { VM_OPERATION_STATES } from '../../../shared/rules/vm-operations';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { alert } from '../message/alert';
import { claimVdis } from '../vdi/claim';
import { release } from '../vdi/lineage';
import { remove } from '../vm/destroy';

/* VMs on their way to another host for good, announced before the first byte leaves. From then on it is the other host's word that tells where the VM is: it is asked at the next start, and
 * whenever its answer was lost. While it cannot be reached nothing is done with the VM here; nothing is thrown away, and it never runs twice. */

export interface Departure { vm: string; /** Uuids: these go with it. */ disks: readonly string[]; to: { address: string; port: number; fingerprint: string }; ticket: string; /** Nobody knows where it is, and the record says so. */ inDoubt?: boolean }
export type Outcome = { state: 'arrived'; vm: Ref<'VM'> } | { state: 'refused' } | { state: 'unknown'; why: string };

const KEY = 'operations.departures';
export const DEPARTURES_EVERY_MS = 15_000;
/** For one answer; and for as long as the VM is still being written down there. */
const ASK_LIMIT_MS = 5_000, COMING_LIMIT_MS = 30_000, COMING_EVERY_MS = 200;

const open = (desk: Desk): readonly Departure[] => JSON.parse(desk.store.setting(KEY) ?? '[]') as Departure[];
const write = (desk: Desk, departures: readonly Departure[]): void => { desk.store.setSetting(KEY, JSON.stringify(departures)); };
const without = (desk: Desk, { vm }: Departure): readonly Departure[] => open(desk).filter(departure => departure.vm !== vm);
const refOf = <C extends 'VM' | 'VDI'>(desk: Desk, cls: C, uuid: string): Ref<C> | undefined => [...desk.store.all(cls)].find(([, record]) => record.uuid === uuid)?.[0];

export const beginDeparture = (desk: Desk, departure: Departure): void => { write(desk, [...without(desk, departure), departure]); };

/** What the other host says. */
export const askFor = async (desk: Desk, { to, ticket }: Departure): Promise<Outcome> => {
  for (const limit = AbortSignal.timeout(COMING_LIMIT_MS); ;) {
    try {
      const { status, text } = await desk.transfer.ask(to, 'GET', `/migration?ticket=${ticket}`, AbortSignal.any([desk.stopping, AbortSignal.timeout(ASK_LIMIT_MS)]));
      const { state, vm } = JSON.parse(status === 200 ? text : '{}') as { state?: string; vm?: string };
      if (state === 'arrived') return { state, vm: vm as Ref<'VM'> };
      if (state === 'refused') return { state };
      if (state !== 'coming' || limit.aborted) return { state: 'unknown', why: state === 'coming' ? 'the VM is still on its way' : `it answered ${status}` };
      await delay(COMING_EVERY_MS, undefined, { signal: desk.stopping });
    } catch (error) { return { state: 'unknown', why: messageOf(error) }; }
  }
};

/** It is there: nothing of it stays here, but disks that others use. */
export const finishDeparture = async (desk: Desk, departure: Departure): Promise<void> => {
  const vm = refOf(desk, 'VM', departure.vm);
  doubted(desk).get(departure.vm)?.dispose();
  if (vm !== undefined) await remove(desk, vm);
  for (const uuid of departure.disks) { const vdi = refOf(desk, 'VDI', uuid); if (vdi !== undefined && desk.store.get('VDI', vdi).VBDs.length === 0) await release(desk, vdi); }
};
export const closeDeparture = async (desk: Desk, departure: Departure): Promise<void> => {
  write(desk, without(desk, departure));
  await desk.transfer.ask(departure.to, 'DELETE', `/migration?ticket=${departure.ticket}`, AbortSignal.any([desk.stopping, AbortSignal.timeout(ASK_LIMIT_MS)])).catch((error: unknown) => { desk.log.info('the other host keeps a note of a VM that has arrived', { vm: departure.vm, why: messageOf(error) }); });
};

/** Asks, and does what follows. */
export const settleDeparture = async (desk: Desk, departure: Departure): Promise<void> => {
  const vm = refOf(desk, 'VM', departure.vm);
  if (departure.inDoubt === true && vm !== undefined && desk.store.get('VM', vm).blocked_operations.start !== wordsFor(departure)) {
    desk.log.warn('a VM that may be on another host as well was released by hand: it stays here', { vm: departure.vm, to: departure.to.address });
    return keep(desk, departure);
  }
  const outcome = await askFor(desk, departure);
  switch (outcome.state) {
    case 'arrived': {
      try { await finishDeparture(desk, departure); } catch (error) { doubt(desk, departure, messageOf(error)); return; }
      await closeDeparture(desk, departure);
      desk.log.warn('the move of a VM was finished', { vm: departure.vm, to: departure.to.address });
      break;
    }
    case 'refused': keep(desk, departure); desk.log.warn('a VM did not arrive at the other host: it stays here', { vm: departure.vm, to: departure.to.address }); break;
    case 'unknown': doubt(desk, departure, outcome.why); break;
  }
};

/** At the start, before anybody could start it, and from time to time; not those that are just being sent. */
export const settleDepartures = async (desk: Desk, which: (departure: Departure) => boolean = ({ inDoubt }) => inDoubt === true): Promise<void> => {
  await Promise.all(open(desk).filter(which).map(async departure => {
    try { await settleDeparture(desk, departure); } catch (error) { desk.log.error('the move of a VM is not settled', { vm: departure.vm, why: messageOf(error) }); }
  }));
};
export const watchDepartures = (desk: Desk): Disposable => {
  let passing: Promise<void> | undefined;
  const timer = setInterval(() => { passing ??= settleDepartures(desk).finally(() => { passing = undefined; }); }, DEPARTURES_EVERY_MS);
  timer.unref();
  return { dispose: () => { clearInterval(timer); } };
};

export const wordsFor = ({ to }: Pick<Departure, 'to'>): string =>
  `It was being moved to ${to.address}, which does not answer: whether it is there is not known. This host goes on asking. Take this block off only if you are sure that it is not there.`;

/** The disks of VMs in doubt are kept from everybody. */
const claims = new WeakMap<Desk, Map<string, Disposable>>();
const doubted = (desk: Desk): Map<string, Disposable> => { const mine = claims.get(desk) ?? new Map<string, Disposable>(); claims.set(desk, mine); return mine; };

const doubt = (desk: Desk, departure: Departure, why: string): void => {
  const vm = refOf(desk, 'VM', departure.vm), words = wordsFor(departure);
  write(desk, [...without(desk, departure), { ...departure, inDoubt: true }]);
  desk.log.warn('the move of a VM is not settled', { vm: departure.vm, to: departure.to.address, why });
  if (vm === undefined) return; // it was there, and is gone here but for a disk
  desk.store.transaction(tx => {
    const { blocked_operations } = tx.get('VM', vm);
    tx.set('VM', vm, { blocked_operations: { ...Object.fromEntries(Object.keys(VM_OPERATION_STATES).map(operation => [operation, words])), ...blocked_operations, start: words } });
  });
  if (!doubted(desk).has(departure.vm)) {
    const disks = departure.disks.flatMap(uuid => refOf(desk, 'VDI', uuid) ?? []);
    try { const claim = claimVdis(desk, disks, 'mirror'); doubted(desk).set(departure.vm, { dispose: () => { doubted(desk).delete(departure.vm); claim.dispose(); } }); } catch (error) { desk.log.error('disks of a VM in doubt are not kept from others', { vm: departure.vm, why: messageOf(error) }); }
  }
  if (departure.inDoubt !== true) alert(desk, { name: 'VM_MOVE_IN_DOUBT', priority: 2, cls: 'VM', uuid: departure.vm, body: `${desk.store.get('VM', vm).name_label}: ${words}` });
};

/** It is here, and only here. */
export const keep = (desk: Desk, departure: Departure): void => {
  const vm = refOf(desk, 'VM', departure.vm), words = wordsFor(departure);
  doubted(desk).get(departure.vm)?.dispose();
  if (vm !== undefined) desk.store.transaction(tx => { tx.set('VM', vm, { blocked_operations: Object.fromEntries(Object.entries(tx.get('VM', vm).blocked_operations).filter(([, why]) => why !== words)) }); });
  write(desk, without(desk, departure));
};
