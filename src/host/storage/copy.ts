import { ProgramError, outputOf } from '../platform/run-program';
import type { DiskImage, ImageSource } from '../engine/contract';
import { StorageError } from './contract';
import type { CopyImage } from './contract';

/* Copies between images wherever they are. qemu-img does the work: it skips what is empty, and flushes at the end. */

const COPY_TIMEOUT_MS = 24 * 60 * 60_000;

export const copyImage: CopyImage = async (from, to, { signal, progress }) => {
  const hidden = new Hidden(), source = hidden.open(from), target = hidden.open(to);
  let rest = '';
  const onOutput = (text: string): void => {
    rest = (rest + text).slice(-PROGRESS_LINE_MAX);
    const percent = /.*\(\s*(\d+(?:\.\d+)?)\/100%\)/s.exec(rest)?.[1]; // the last one
    if (percent !== undefined) progress?.(Number(percent) / 100);
  };
  try {
    // -n: the target is there; it is never made, so that a path that is wrong or gone stays an error.
    await outputOf('qemu-img', ['convert', '-p', '-n', '-t', 'writeback', ...hidden.objects, '-O', to.format, source, target], { timeoutMs: COPY_TIMEOUT_MS, signal, hidden: hidden.secrets, onOutput });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ProgramError ? trouble(error) : error;
  }
  progress?.(1);
};
const PROGRESS_LINE_MAX = 256;

/** Images as qemu-img opens them, their secrets apart: nobody sees those in the list of processes. */
class Hidden {
  readonly secrets: string[] = [];
  readonly objects: string[] = [];

  open({ format, source }: DiskImage): string { return `json:${JSON.stringify({ driver: format, file: this.#protocol(source) })}`; }

  #protocol(source: ImageSource): Readonly<Record<string, unknown>> {
    switch (source.by) {
      case 'file': return { driver: 'file', filename: source.path };
      case 'device': return { driver: 'host_device', filename: source.path };
      case 'nfs': return { driver: 'nfs', server: { type: 'inet', host: source.server }, path: source.path };
      case 'iscsi': return {
        driver: 'iscsi', transport: 'tcp', portal: source.portal, target: source.target, lun: source.lun, 'initiator-name': source.initiator,
        ...(source.user === undefined ? {} : { user: source.user }), ...(source.password === undefined ? {} : { 'password-secret': this.#secret(source.password) }),
      };
      case 'rbd': return {
        driver: 'rbd', pool: source.pool, image: source.image, user: source.user, 'key-secret': this.#secret(source.key), 'auth-client-required': ['cephx'],
        server: source.monitors.map(monitor => ({ host: monitor.replace(/:\d+$/, ''), port: /:(\d+)$/.exec(monitor)?.[1] ?? '6789' })),
      };
    }
  }

  #secret(value: string): string {
    const id = `secret${this.secrets.length}`;
    this.objects.push('--object', `secret,id=${id},file=/dev/fd/${FIRST_HIDDEN_FD + this.secrets.length}`);
    this.secrets.push(value);
    return id;
  }
}
const FIRST_HIDDEN_FD = 3;

const trouble = (error: ProgramError): StorageError => {
  const said = error.message;
  if (error.kind === 'missing') return new StorageError('unsupported', said);
  if (/No space left on device|Disk quota exceeded/.test(said)) return new StorageError('no-space', said);
  if (/Failed to get .*lock/.test(said)) return new StorageError('in-use', said);
  return new StorageError(/No such file or directory/.test(said) ? 'not-found' : 'io', said);
};
