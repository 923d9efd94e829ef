import type { MemoryFacts } from '../contract';
import type { Machine } from './machine';

/* Memory of a machine that runs: the balloon takes it from the guest and gives it back, and its driver tells how the guest does with the rest. */

/** How often the guest's driver is asked; each time wakes the guest. */
export const GUEST_STATS_EVERY_S = 10;
const BALLOON = '/machine/peripheral/balloon0';
const UNKNOWN = 2 ** 64; // all ones, as JSON numbers come

/** Once, at the start: QEMU goes on with it by itself. */
export const watchMemory = async (machine: Machine): Promise<void> => {
  await machine.command('qom-set', { path: BALLOON, property: 'guest-stats-polling-interval', value: GUEST_STATS_EVERY_S });
};

export const balloon = async (machine: Machine, targetBytes: number): Promise<void> => {
  machine.needAlive();
  await machine.command('balloon', { value: targetBytes });
};

/** In the order of memoryFacts. */
export const MEMORY_QUESTIONS: Parameters<Machine['commands']>[0] = [['query-balloon'], ['qom-get', { path: BALLOON, property: 'guest-stats' }]];

export const memory = async (machine: Machine): Promise<MemoryFacts> => {
  machine.needAlive();
  return memoryFacts(await machine.command('query-balloon'), await machine.command('qom-get', { path: BALLOON, property: 'guest-stats' }));
};

export const memoryFacts = (balloonSays: unknown, guestSays: unknown): MemoryFacts => {
  const { actual } = balloonSays as { actual: number };
  const { stats, 'last-update': saidAt } = guestSays as { stats: Readonly<Record<string, number>>; 'last-update': number };
  const [totalBytes, freeBytes, availableBytes] = ['stat-total-memory', 'stat-free-memory', 'stat-available-memory'].map(name => known(stats[name]));
  if (saidAt === 0 || totalBytes === undefined || freeBytes === undefined) return { actualBytes: actual };
  return { actualBytes: actual, guest: { totalBytes, freeBytes, ...(availableBytes === undefined ? {} : { availableBytes }) } };
};

/** A guest may say anything. */
const known = (bytes: number | undefined): number | undefined => (bytes !== undefined && bytes >= 0 && bytes < UNKNOWN && Number.isSafeInteger(bytes) ? bytes : undefined);
