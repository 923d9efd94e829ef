/* Files from and to the host, with their progress where a person looks on. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import type { Ref } from '../shared/api';
import { digestOf, FileUnreadable, offsetAnswer, openArchive, waitForTask, type SourceFile } from '../client';
import { CannotError, UsageError, type Context, type Parameter } from './verb';

export const FILENAME: Parameter = { name: 'filename', about: 'the file on this computer', required: true };
const CHUNK_BYTES = 1024 * 1024;
/** A file gets its own name when all of it is there. */
const PARTIAL = '.partial';

/** Runs `work` in a task of its own, and answers the task's result. The host's reason comes before a connection that broke. */
const inTask = async ({ client, terminal }: Context, title: string, work: (task: Ref<'task'>) => Promise<void>, { waiting, waits }: { waiting?: Ref<'task'> | undefined; waits?: (task: Ref<'task'>) => Promise<boolean> } = {}): Promise<string> => {
  const task = waiting ?? await client.call('task.create', title, '');
  let sent: Error | undefined;
  await work(task).catch(async (error: unknown) => {
    sent = error instanceof Error ? error : new Error(String(error));
    // The host never got as far as to work on it: nobody else would end the task.
    if (await client.call('task.get_status', task).catch(() => '') === 'pending' && terminal.signal.aborted) await client.call('task.cancel', task).catch(() => {});
  });
  if (sent !== undefined) {
    const { uuid, status, error_info: [code] } = await client.call('task.get_record', task);
    if (status === 'pending' && !terminal.signal.aborted && await waits?.(task) === true) throw new CannotError(`${sent.message}. What has come waits for a quarter of an hour: go on with resume=${uuid}`);
    if (status === 'pending' || code === undefined) { await client.call('task.destroy', task).catch(() => {}); throw sent; }
  }
  return waitForTask(client, task);
};

/** @param open how the file is read: a whole VM, or as it is */
export const send = async (context: Context, title: string, path: string, query: Readonly<Record<string, string>>, open: typeof openArchive, fromByte = 0): Promise<string> => {
  const source = await found(context.values.get('filename') ?? '', open), meter = meterOf(context, title), { sizeBytes } = source;
  try {
    return await inTask(context, title, task => context.client.upload(path, { ...query, task_id: task }, {
      read: () => source.read(fromByte), sizeBytes: sizeBytes - fromByte, signal: context.terminal.signal, onProgress: sent => { meter.tell(fromByte + sent, sizeBytes); },
    }));
  } finally { meter.end(); }
};

const found = async (file: string, open: typeof openArchive): Promise<SourceFile> => {
  try { return await open(file); } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    throw new CannotError(error.message === 'ENOENT' ? `there is no file ${file}` : `${file} cannot be read (${error.message})`);
  }
};

/** Whole VMs: what breaks off goes on in the same task of the host. @param resume that task's uuid */
export const sendResumable = async (context: Context, title: string, path: string, query: Readonly<Record<string, string>>, resume: string | undefined): Promise<string> => {
  const { client, terminal: { signal }, values } = context, source = await found(values.get('filename') ?? '', openArchive), meter = meterOf(context, title), { sizeBytes } = source;
  const offsetOf = async (task: Ref<'task'>): Promise<number> => { const { into, offset } = offsetAnswer(); await client.download(path, { task_id: task }, { into, signal }); return offset(); };
  const waiting = resume === undefined ? undefined : await client.call('task.get_by_uuid', resume), fromByte = waiting === undefined ? 0 : await offsetOf(waiting);
  try {
    return await inTask(context, title, task => client.upload(path, { ...query, task_id: task, resumable: 'true', ...(waiting === undefined ? {} : { offset: String(fromByte) }) }, {
      read: () => source.read(fromByte), sizeBytes: sizeBytes - fromByte, signal, onProgress: sent => { meter.tell(fromByte + sent, sizeBytes); },
    }), { waiting, waits: task => offsetOf(task).then(() => true, () => false) });
  } finally { meter.end(); }
};

/** @param resume goes on with what an earlier try has left */
export const receive = async (context: Context, title: string, path: string, query: Readonly<Record<string, string>>, resume = false): Promise<void> => {
  const file = context.values.get('filename') ?? '', partial = `${file}${PARTIAL}`, meter = meterOf(context, title);
  if (file === '') throw new UsageError('filename= is empty');
  if (await sizeOf(file) !== undefined && !context.flags.has('force')) throw new CannotError(`${file} is there already; --force overwrites it`);
  const fromByte = resume ? await sizeOf(partial) ?? 0 : 0, open = (flags: 'a' | 'w'): WriteStream => createWriteStream(partial, { flags, highWaterMark: CHUNK_BYTES });
  // An archive goes on only if what is there is its beginning.
  const tag = path === '/export' && fromByte > 0 ? await digestOf(partial) : undefined;
  let into = open(fromByte > 0 ? 'a' : 'w');
  const anew = (): WriteStream => { into.end(); into = open('w'); return into; };
  try {
    await inTask(context, title, async task => { await context.client.download(path, { ...query, task_id: task }, { into, fromByte, ...(tag === undefined ? {} : { ifRange: { tag, anew } }), signal: context.terminal.signal, onProgress: meter.tell }); });
    into.end();
    await once(into, 'close');
    await rename(partial, file);
  } catch (error) {
    into.destroy();
    if (!resume) await rm(partial, { force: true });
    throw error;
  } finally { meter.end(); }
};

const sizeOf = async (file: string): Promise<number | undefined> => { try { return (await stat(file)).size; } catch { return undefined; } };

const MIB = 1024 * 1024;
const meterOf = ({ terminal: { stderr } }: Context, title: string): { tell: (bytes: number, total: number | undefined) => void; end: () => void } => {
  const began = performance.now();
  let shown = 0;
  return {
    tell: (bytes, total) => {
      const now = performance.now();
      if (stderr.isTTY !== true || now - shown < 200) return;
      shown = now;
      const rate = bytes / (now - began) * 1000, left = total === undefined ? '' : ` of ${Math.round(total / MIB)} MiB, ${Math.max(0, Math.round((total - bytes) / rate))} s left`;
      stderr.write(`\r${title}: ${Math.round(bytes / MIB)} MiB${left === '' ? '' : left}, ${Math.round(rate / MIB)} MiB/s \x1b[K`);
    },
    end: () => { if (stderr.isTTY === true) stderr.write('\r\x1b[K'); },
  };
};
