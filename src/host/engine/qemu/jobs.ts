import type { Disposable } from '../../../shared/lib/emitter';
import { delay } from '../../platform/clock';
import { EngineError } from '../contract';
import type { Machine } from './machine';

/* QEMU's long work (copying a disk, merging images) is a job with a name. It is never dismissed by itself, so its outcome is there to be read whatever was
 * missed on the way. Events wake whoever waits; a look now and then is for the progress, and for a monitor that was away. */

const LOOK_EVERY_MS = 500;

export interface Job {
  id: string;
  signal: AbortSignal;
  progress?: ((fraction: number) => void) | undefined;
  /** Undefined: the job ends by itself. Else called once, when it is ready to be told to. */
  ready?: () => Promise<void>;
  /** Called once, when all is done but what cannot be taken back; the job waits for it. */
  beforeEnd?: () => Promise<void>;
}
interface JobInfo { id: string; status: string; 'current-progress': number; 'total-progress': number; error?: string }

/** Starts a job and sees it through. Rejects when it fails or is aborted, and then it is over too. */
export const runJob = async (machine: Machine, job: Job, command: string, args: Readonly<Record<string, unknown>>): Promise<void> => {
  job.signal.throwIfAborted();
  const bell = wakeOn(machine, job.id, job.signal);
  try {
    await machine.command(command, { ...args, 'job-id': job.id, 'auto-dismiss': false, ...(job.beforeEnd ? { 'auto-finalize': false } : {}) });
    await follow(machine, job, bell);
  } finally { bell.dispose(); }
};

/** Ends the jobs that another life of this service has left. */
export const endJobs = async (machine: Machine): Promise<void> => {
  for (const { id } of await jobs(machine)) {
    const bell = wakeOn(machine, id, undefined);
    try { await endJob(machine, id, bell); } finally { bell.dispose(); }
  }
};

const follow = async (machine: Machine, { id, signal, progress, ready, beforeEnd }: Job, bell: Bell): Promise<void> => {
  let told = false, finalized = false;
  try {
    for (;;) {
      const info = (await jobs(machine)).find(each => each.id === id);
      if (info === undefined) throw new EngineError('refused', `${id} is lost`);
      if (info.status === 'concluded') break;
      if (!told && !finalized) signal.throwIfAborted(); // afterwards it is too late
      if (info['total-progress'] > 0) progress?.(Math.min(1, info['current-progress'] / info['total-progress']));
      if (info.status === 'ready' && !told) { told = true; await ready?.(); continue; }
      if (info.status === 'pending' && !finalized) { await beforeEnd?.(); finalized = true; await machine.command('job-finalize', { id }); continue; }
      await bell.next();
    }
  } catch (error) {
    await endJob(machine, id, bell).catch(() => {}); // the machine may be gone, and the job with it
    throw error;
  }
  const failed = (await jobs(machine)).find(each => each.id === id)?.error;
  await machine.command('job-dismiss', { id });
  if (failed !== undefined) throw new EngineError('refused', `${id}: ${failed}`);
};

const endJob = async (machine: Machine, id: string, bell: Bell): Promise<void> => {
  for (let cancelled = false; ;) {
    const info = (await jobs(machine)).find(each => each.id === id);
    if (info === undefined) return;
    if (info.status === 'concluded') { await machine.command('job-dismiss', { id }); return; }
    if (!cancelled) { cancelled = true; await machine.command('job-cancel', { id }).catch(() => {}); continue; } // too late: it concludes
    await bell.next();
  }
};

const jobs = async (machine: Machine): Promise<readonly JobInfo[]> => await machine.command('query-jobs') as readonly JobInfo[];

interface Bell extends Disposable { next(): Promise<void> }
/** Rings when something about this job (or migration) may have changed. */
export const wakeOn = (machine: Machine, id: string | undefined, signal: AbortSignal | undefined): Bell => {
  let rung = false, wake = (): void => {};
  const ring = (): void => { rung = true; wake(); };
  const listening = machine.onQmpEvent(({ name, data }) => { if (id === undefined ? name === 'MIGRATION' : name === 'JOB_STATUS_CHANGE' && data['id'] === id) ring(); });
  signal?.addEventListener('abort', ring, { once: true });
  void machine.gone.then(ring);
  return {
    async next() {
      if (!rung) {
        const over = new AbortController();
        await Promise.race([new Promise<void>(resolve => { wake = resolve; }), delay(LOOK_EVERY_MS, over.signal).catch(() => {})]);
        over.abort();
      }
      rung = false;
    },
    dispose: () => { listening.dispose(); signal?.removeEventListener('abort', ring); },
  };
};
