import type { Groups, CpuSettings } from '../../platform/cgroups';
import type { Log } from '../../platform/log';
import { ProgramError, outputOf } from '../../platform/run-program';
import { EngineError } from '../contract';
import type { CpuShare, MachineSpec } from '../contract';

/* How much of the host's processors and disks a machine gets. By control groups; the mask alone also by taskset, which needs no rights over the host. */

const EVERYBODYS_WEIGHT = 256, EVERYBODYS_DISK_WEIGHT = 100;
const TASKSET_TIMEOUT_MS = 10_000;

/** Says in an EngineError what cannot be had; what can be had is set all the same. */
export const shareCpu = async (groups: Groups, uuid: string, pid: number, share: CpuShare): Promise<void> => {
  check(share);
  const lacks: string[] = [];
  if (!groups.share && (share.weight !== undefined || (share.capPercent ?? 0) > 0)) lacks.push(groups.shareLacks);
  if (groups.share ?? groups.mask) {
    try { await groups.apply(uuid, pid, settingsOf(share)); } catch (error) { lacks.push((error as Error).message); }
  }
  if (!groups.mask && share.mask !== undefined) {
    try { await outputOf('taskset', ['-a', '-p', '-c', share.mask.join(','), String(pid)], { timeoutMs: TASKSET_TIMEOUT_MS }); } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      lacks.push(error.message);
    }
  }
  if (lacks.length > 0) throw new EngineError('unsupported', lacks.join('; '));
};

/** Says in an EngineError why it does not count; it is set all the same, as a disk may get another scheduler. */
export const weighDisks = async (groups: Groups, uuid: string, pid: number, weight = EVERYBODYS_DISK_WEIGHT): Promise<void> => {
  if (!(Number.isInteger(weight) && weight >= 1 && weight <= 1_000)) throw new EngineError('refused', `not a weight: ${weight}`);
  if (groups.disks) try { await groups.weighDisks(uuid, pid, weight); } catch (error) { throw new EngineError('unsupported', (error as Error).message); }
  const lacks = await groups.disksLack();
  if (lacks !== '') throw new EngineError('unsupported', lacks);
};

/** At a start: it goes on without, and the log says so. Who asks for nothing is weighed as well, or he would be beside the others instead of among them. */
export const shareAtStart = async (groups: Groups, { uuid, cpuShare, diskWeight }: MachineSpec, pid: number | undefined, log: Log): Promise<void> => {
  if (pid === undefined) return;
  const tried = async (asked: boolean, what: string, work: () => Promise<void>): Promise<void> => {
    try { await work(); } catch (error) { if (asked) log.warn(`a machine runs without its share of the ${what}`, { uuid, why: (error as Error).message }); }
  };
  await tried(cpuShare !== undefined, 'processors', () => shareCpu(groups, uuid, pid, cpuShare ?? {}));
  await tried(diskWeight !== undefined, 'disks', () => weighDisks(groups, uuid, pid, diskWeight));
};

const settingsOf = ({ weight = EVERYBODYS_WEIGHT, capPercent = 0, mask }: CpuShare): CpuSettings =>
  ({ sharePercent: weight * 100 / EVERYBODYS_WEIGHT, ...(capPercent > 0 ? { capPercent } : {}), ...(mask === undefined ? {} : { mask }) });

const check = ({ weight = EVERYBODYS_WEIGHT, capPercent = 0, mask = [0] }: CpuShare): void => {
  if (!(Number.isInteger(weight) && weight >= 1 && weight <= 65_535)) throw new EngineError('refused', `not a weight: ${weight}`);
  if (!(Number.isInteger(capPercent) && capPercent >= 0)) throw new EngineError('refused', `not a cap: ${capPercent}`);
  if (mask.length === 0 || !mask.every(cpu => Number.isInteger(cpu) && cpu >= 0)) throw new EngineError('refused', 'no processor is left to run on');
};
