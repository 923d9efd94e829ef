import type { Ref } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { Desk } from '../desk';
import { isUp } from '../device/state';
import { messageOf } from '../failure';
import { recordGuest, type Known } from './guest-metrics';
import { recordMemory } from './memory-live';

/* Keeps what is known of running guests fresh: at once when an agent comes or goes, and all of them now and then. */

export const GUEST_FACTS_EVERY_MS = 30_000;
/** Guests asked at the same time; one that does not answer keeps only its own place. */
const ASKED_TOGETHER = 8;

export const followGuests = (desk: Desk): Disposable => {
  let over = false, passing = false;
  const failed = (error: unknown): void => { if (!over) desk.log.warn('guests not asked', { why: messageOf(error) }); };
  const pass = async (): Promise<void> => {
    if (passing) return;
    passing = true;
    try { await refreshGuests(desk, [...desk.store.all('VM')].filter(([, vm]) => isUp(vm)).map(([ref]) => ref)); } finally { passing = false; }
  };
  const listening = desk.engine.onEvent(event => {
    if (event.on !== 'agent') return;
    const vm = [...desk.store.all('VM')].find(([, record]) => record.uuid === event.uuid)?.[0];
    if (vm !== undefined) refreshGuests(desk, [vm]).catch(failed);
  });
  const timer = setInterval(() => { pass().catch(failed); }, GUEST_FACTS_EVERY_MS);
  pass().catch(failed);
  return { dispose: () => { over = true; clearInterval(timer); listening.dispose(); } };
};

/** All that is new is one transaction. */
export const refreshGuests = async (desk: Desk, vms: readonly Ref<'VM'>[]): Promise<void> => {
  if (vms.length === 0) return;
  const addresses = await desk.networks.addresses().catch(() => new Map<string, readonly string[]>()), waiting = [...vms];
  const known: (readonly [Ref<'VM'>, Known])[] = [];
  await Promise.all(Array.from({ length: Math.min(ASKED_TOGETHER, vms.length) }, async () => {
    for (let vm = waiting.shift(); vm !== undefined; vm = waiting.shift()) {
      const said = await ask(desk, vm, addresses);
      if (said) known.push([vm, said]);
    }
  }));
  if (desk.stopping.aborted) return;
  desk.store.transaction(tx => {
    for (const [vm, said] of known) {
      const now = tx.find('VM', vm);
      if (now && isUp(now)) recordGuest(tx, vm, said, desk.now());
    }
  });
  for (const [vm, { memory }] of known) if (memory && isUp(desk.store.find('VM', vm) ?? { power_state: 'Halted' })) recordMemory(desk, vm, memory.actualBytes);
};

/** Undefined: it ended meanwhile. */
const ask = async (desk: Desk, vm: Ref<'VM'>, addresses: Known['addresses']): Promise<Known | undefined> => {
  const uuid = desk.store.find('VM', vm)?.uuid;
  if (uuid === undefined || desk.engine.state(uuid) === 'gone') return undefined;
  try { return { memory: await desk.engine.memory(uuid), facts: await desk.engine.guestFacts(uuid), addresses }; } catch (error) {
    if (desk.engine.state(uuid) !== 'gone') desk.log.warn('guest not asked', { vm: uuid, why: messageOf(error) });
    return undefined;
  }
};
