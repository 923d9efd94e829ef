import { Readable } from 'node:stream';
import { ApiError, type Ref } from '../../../shared/api';
import type { CallContext } from '../contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { refreshSpace } from '../sr/space';
import { withVdis } from './claim';
import { dropVdi } from './lineage';
import { repositoryOf, storedFields } from './make';

/* Brings bytes into a disk or a CD image: /import_raw_vdi, and a fetch by URL. All of them, or none. */

/** Clients that do not know how much they will send claim a length beyond this, and hang up at the end. */
export const UNKNOWN_LENGTH_BYTES = 2 ** 50;

export const writeVdi = async (desk: Desk, context: CallContext, vdi: Ref<'VDI'>, bytes: Readable, announcedBytes: number): Promise<void> => {
  const { SR: sr, uuid, virtual_size: size } = desk.store.get('VDI', vdi), isIso = desk.store.get('SR', sr).content_type === 'iso';
  const repository = repositoryOf(desk, sr);
  if (!repository.write || !repository.capabilities.includes('VDI_UPDATE')) throw new ApiError('SR_OPERATION_NOT_SUPPORTED', sr);
  const isKnown = announcedBytes < UNKNOWN_LENGTH_BYTES, wanted = isKnown ? announcedBytes : size;
  if (wanted > size) throw new ApiError('VDI_TOO_SMALL', vdi, String(announcedBytes));
  if (wanted <= 0 || (isIso && wanted !== size)) throw new ApiError('INVALID_VALUE', 'content-length', String(announcedBytes));
  const count = { got: 0 }, exact = Readable.from(exactly(bytes, wanted, count, fraction => context.task.progress(fraction)), { objectMode: false });
  let began = false;
  try {
    await withVdis(desk, context, [vdi], 'update', async () => {
      began = true;
      const stored = await repository.write!(uuid, exact, context.task.signal);
      desk.store.transaction(tx => { if (tx.find('VDI', vdi)) tx.set('VDI', vdi, storedFields(tx, sr, stored)); });
    });
  } catch (error) {
    if (!began) throw error;
    // An image that waited for its bytes has none, and is none.
    if (isIso && desk.store.find('VDI', vdi) && (await repository.stat(uuid).catch(() => undefined)) === undefined) dropVdi(desk, vdi);
    throw context.task.signal.aborted ? new ApiError('TASK_CANCELLED', context.task.ref) : toApiError(error, { sr, vdi, operation: 'update' });
  } finally { exact.destroy(); }
  await refreshSpace(desk, sr);
};

/** Exactly so many bytes; fewer are an error, of more nothing is read. */
async function* exactly(bytes: Readable, wanted: number, count: { got: number }, progress: (fraction: number) => void): AsyncGenerator<Buffer> {
  try {
    // A request that is refused is still to be answered: its stream is not ours to destroy.
    for await (const chunk of bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const part = chunk.subarray(0, wanted - count.got);
      count.got += part.length;
      yield part;
      progress(count.got / wanted);
      if (count.got === wanted) return;
    }
  } catch (error) {
    if (count.got < wanted) throw isHangUp(error) ? new ApiError('IMPORT_ERROR_PREMATURE_EOF') : error;
  }
  if (count.got < wanted) throw new ApiError('IMPORT_ERROR_PREMATURE_EOF');
}
const isHangUp = (error: unknown): boolean => ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
