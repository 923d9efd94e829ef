import { EngineError } from '../contract';
import type { Machine } from './machine';

/* Processors of a machine that runs: more of them, up to what it was started for. Never fewer: taking one out breaks QEMU 7.2 under TCG. */

interface Slot { type: string; 'qom-path'?: string; props: Readonly<Record<'socket-id' | 'core-id' | 'thread-id', number>> }

export const setVcpus = async (machine: Machine, count: number): Promise<void> => {
  machine.needAlive();
  const slots = (await machine.command('query-hotpluggable-cpus') as readonly Slot[]).toSorted((a, b) => place(a) - place(b));
  const free = slots.filter(slot => slot['qom-path'] === undefined), now = slots.length - free.length;
  if (count < now) throw new EngineError('unsupported', 'a running virtual machine keeps its processors; fewer count from its next start');
  if (count > slots.length) throw new EngineError('unsupported', `this virtual machine was started for ${slots.length} processors at most`);
  for (const { type, props } of free.slice(0, count - now)) await machine.command('device_add', { driver: type, id: `cpu${place({ props })}`, ...props });
};

/** The thread of each vCPU, in their order. */
export const vcpuThreads = (reply: unknown): number[] =>
  (reply as readonly { 'cpu-index': number; 'thread-id': number }[]).toSorted((a, b) => a['cpu-index'] - b['cpu-index']).map(cpu => cpu['thread-id']);

export const vcpus = async (machine: Machine): Promise<number> => (await machine.command('query-cpus-fast') as readonly unknown[]).length;

const CORES_MAX = 1024;
const place = ({ props }: Pick<Slot, 'props'>): number => (props['socket-id'] * CORES_MAX + props['core-id']) * 2 + props['thread-id'];
