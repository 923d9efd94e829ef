import type { CpuControl, CpuSettings } from '../../platform/cgroups';
import type { Log } from '../../platform/log';
import { ProgramError, outputOf } from '../../platform/run-program';
import { EngineError } from '../contract';
import type { CpuShare } from '../contract';

/* How much of the host's processors a machine gets. By control groups; the mask alone also by taskset, which needs no rights over the host. */

const EVERYBODYS_WEIGHT = 256;
const TASKSET_TIMEOUT_MS = 10_000;

/** Says in an EngineError what cannot be had; what can be had is set all the same. */
export const shareCpu = async (control: CpuControl, uuid: string, pid: number, share: CpuShare): Promise<void> => {
  check(share);
  const lacks: string[] = [];
  if (!control.share && (share.weight !== undefined || (share.capPercent ?? 0) > 0)) lacks.push(control.shareLacks);
  if (control.share ?? control.mask) {
    try { await control.apply(uuid, pid, settingsOf(share)); } catch (error) { lacks.push((error as Error).message); }
  }
  if (!control.mask && share.mask !== undefined) {
    try { await outputOf('taskset', ['-a', '-p', '-c', share.mask.join(','), String(pid)], { timeoutMs: TASKSET_TIMEOUT_MS }); } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      lacks.push(error.message);
    }
  }
  if (lacks.length > 0) throw new EngineError('unsupported', lacks.join('; '));
};

/** At a start: it goes on without, and the log says so. */
export const shareCpuAtStart = async (control: CpuControl, uuid: string, pid: number | undefined, share: CpuShare, log: Log): Promise<void> => {
  if (pid === undefined) return;
  try { await shareCpu(control, uuid, pid, share); } catch (error) { log.warn('a machine runs without its share of the processors', { uuid, why: (error as Error).message }); }
};

const settingsOf = ({ weight = EVERYBODYS_WEIGHT, capPercent = 0, mask }: CpuShare): CpuSettings =>
  ({ sharePercent: weight * 100 / EVERYBODYS_WEIGHT, ...(capPercent > 0 ? { capPercent } : {}), ...(mask === undefined ? {} : { mask }) });

const check = ({ weight = EVERYBODYS_WEIGHT, capPercent = 0, mask = [0] }: CpuShare): void => {
  if (!(Number.isInteger(weight) && weight >= 1 && weight <= 65_535)) throw new EngineError('refused', `not a weight: ${weight}`);
  if (!(Number.isInteger(capPercent) && capPercent >= 0)) throw new EngineError('refused', `not a cap: ${capPercent}`);
  if (mask.length === 0 || !mask.every(cpu => Number.isInteger(cpu) && cpu >= 0)) throw new EngineError('refused', 'no processor is left to run on');
};
