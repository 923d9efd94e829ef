import { StorageError, type PreparedSnapshot, type StorageRepository, type StoredVdi } from '../../storage/contract';

/* A storage that does not answer (a server that is gone, a disk that hangs) must not hang the host. What it is asked to do is given a time; later it
 * may still end, and what came of it then is taken away. */

export const ASK_LIMIT_MS = 30_000;
export const CHANGE_LIMIT_MS = 5 * 60_000;

/** Settles in time. @param late is told when the work ends after all */
export const within = async <T>(limitMs: number, who: string, work: () => Promise<T>, late: (value: T) => unknown = () => {}): Promise<T> => {
  let timer: NodeJS.Timeout | undefined, isLate = false;
  const working = work();
  working.then(value => (isLate ? late(value) : undefined)).catch(() => { /* told to whoever waits, if anybody does */ });
  try {
    return await Promise.race([working, new Promise<never>((_, reject) => {
      timer = setTimeout(() => { isLate = true; reject(new StorageError('io', `${who} did not answer within ${limitMs / 1000} s`)); }, limitMs);
    })]);
  } finally { clearTimeout(timer); }
};

const LIMITS: Readonly<Partial<Record<keyof StorageRepository, number>>> = {
  space: ASK_LIMIT_MS, stat: ASK_LIMIT_MS, hasClones: ASK_LIMIT_MS, scan: CHANGE_LIMIT_MS, rename: ASK_LIMIT_MS, surplus: ASK_LIMIT_MS,
  create: CHANGE_LIMIT_MS, clone: CHANGE_LIMIT_MS, destroy: CHANGE_LIMIT_MS, prepareSnapshot: CHANGE_LIMIT_MS, settleSnapshot: CHANGE_LIMIT_MS, prepareResize: CHANGE_LIMIT_MS, merged: CHANGE_LIMIT_MS, detach: CHANGE_LIMIT_MS,
};

/** The same repository, but each of its short works ends in time. Copies take as long as they take, and have a signal. */
export const patient = (repository: StorageRepository, limits: typeof LIMITS = LIMITS): StorageRepository => new Proxy(repository, {
  get(target, key) {
    const value: unknown = Reflect.get(target, key, target);
    if (typeof value !== 'function') return value;
    const method = value.bind(target) as (...args: unknown[]) => Promise<unknown>, limitMs = limits[key as keyof StorageRepository];
    if (limitMs === undefined) return method;
    const late = (made: unknown): unknown => {
      switch (key) {
        case 'create': case 'clone': return target.destroy((made as StoredVdi).uuid);
        case 'prepareSnapshot': return (made as PreparedSnapshot).abandon(); // else the next one finds a machine that writes below the newest image
        default: return undefined;
      }
    };
    return (...args: unknown[]) => within(limitMs, 'the storage', () => method(...args), late);
  },
});
