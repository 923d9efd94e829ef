import { threadSeconds } from '../../platform/processes';
import { EngineError } from '../contract';
import type { DiskStats, MachineStats, MemoryFacts } from '../contract';
import { vcpuThreads } from './hot-cpus';
import { MEMORY_QUESTIONS, memoryFacts } from './hot-memory';
import type { Machine } from './machine';

/* What a machine has done, asked every few seconds of every machine. Its disks are one command; its threads are known and their time is read from the kernel;
 * its memory, which the guest itself tells only now and then, is asked every second time.
 * One question at a time: a QEMU that hangs has one waiting for it, not one more every few seconds. */

/** Of the questions that a hung QEMU leaves open. It may answer whenever it goes on. */
const OPEN_QUESTION_MS = 24 * 3600_000;
const MEMORY_EVERY = 2;
/** Another service may have added one before its end; this one says so (threadsChanged). */
const THREADS_EVERY = 12;

interface Known { asked: number; threads: readonly number[]; memory: MemoryFacts | undefined; open: Promise<MachineStats> | undefined }
const known = new WeakMap<Machine, Known>();

export const stats = async (machine: Machine, patienceMs: number): Promise<MachineStats> => {
  machine.needAlive();
  const of = known.get(machine) ?? { asked: 0, threads: [], memory: undefined, open: undefined };
  known.set(machine, of);
  if (of.open !== undefined) throw new EngineError('unresponsive', 'an earlier question is not answered yet');
  const question = of.open = ask(machine, of).finally(() => { of.open = undefined; });
  question.catch(() => {}); // whoever waits for it hears it; nobody may wait any more
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new EngineError('unresponsive', `no answer within ${patienceMs} ms`)), patienceMs); });
  try { return await Promise.race([question, late]); } finally { clearTimeout(timer); }
};

/** A processor was added. */
export const threadsChanged = (machine: Machine): void => { const of = known.get(machine); if (of) of.asked = 0; };

const ask = async (machine: Machine, of: Known): Promise<MachineStats> => {
  const asksMemory = of.asked % MEMORY_EVERY === 0, asksThreads = of.asked % THREADS_EVERY === 0;
  of.asked++;
  const [blocks, ...rest] = await machine.commands([['query-blockstats'], ...(asksMemory ? MEMORY_QUESTIONS : []), ...(asksThreads ? [['query-cpus-fast'] as const] : [])], OPEN_QUESTION_MS);
  if (asksThreads) of.threads = vcpuThreads(rest.pop());
  if (asksMemory) of.memory = memoryFacts(rest[0], rest[1]);
  const { pid } = machine;
  const vcpuSeconds = pid === undefined ? [] : of.threads.map(thread => threadSeconds(pid, thread));
  if (vcpuSeconds.includes(undefined)) { of.asked = 0; throw new EngineError('unresponsive', 'its processors are other ones now'); }
  return { vcpuSeconds: vcpuSeconds as number[], disks: diskStats(blocks), ...(of.memory ? { memory: of.memory } : {}) };
};

interface BlockStats {
  qdev?: string;
  stats: Readonly<Record<'rd_bytes' | 'wr_bytes' | 'rd_operations' | 'wr_operations' | 'rd_total_time_ns' | 'wr_total_time_ns', number>>;
}
/** `qdev`: /machine/peripheral/vbd0/virtio-backend, or cd3. */
const diskStats = (reply: unknown): DiskStats[] => (reply as readonly BlockStats[]).flatMap(({ qdev, stats: of }): DiskStats[] => {
  const [, kind, userdevice] = /(?:^|\/)(vbd|cd)(\d+)(?:\/|$)/.exec(qdev ?? '') ?? [];
  return userdevice === undefined ? [] : [{
    userdevice, kind: kind === 'cd' ? 'CD' : 'Disk', readBytes: of.rd_bytes, writtenBytes: of.wr_bytes, reads: of.rd_operations, writes: of.wr_operations,
    readSeconds: of.rd_total_time_ns / 1e9, writeSeconds: of.wr_total_time_ns / 1e9,
  }];
});
