import { randomUUID } from 'node:crypto';
import { ApiError, isNull, type Ref } from '../../../shared/api';
import type { VdiFormat } from '../../storage/contract';
import type { CallContext, Handler } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { refreshSpace } from '../sr/space';
import { withVdis } from './claim';
import { inherited } from './clone';
import { makeOne } from './create';
import { assertRoom, repositoryOf, storedFields, type Making } from './make';

/* A full copy of a disk that no VM has open: a new one in any repository, or into one that is there and as large. */

export const copy = (desk: Desk): Handler<'VDI.copy'> => (context, from, sr, base, into) => {
  if (!isNull(base)) throw new ApiError('VALUE_NOT_SUPPORTED', 'base_vdi', base, 'differences are not copied; without it the whole disk is');
  if (!isNull(sr) && !isNull(into)) throw new ApiError('VALUE_NOT_SUPPORTED', 'sr', sr, 'into_vdi says where already');
  if (!isNull(into)) return copyInto(desk, context, from, into);
  const to = isNull(sr) ? desk.store.get('VDI', from).SR : sr;
  desk.store.get('SR', to);
  return withVdis(desk, context, [from], 'copy', async () => {
    const vdi = desk.store.get('VDI', from), target = { uuid: randomUUID(), name: vdi.name_label };
    await assertRoom(desk, to, vdi.physical_utilisation);
    return makeOne(desk, context, 'VDI.copy', { ...target, sr: to, operation: 'copy', from, make: copyOf(desk, from, target, context.task) }, inherited(vdi));
  });
};

interface Task { signal: AbortSignal; progress?: (fraction: number) => void }

/** A new VDI with the same content. Nothing is left of one that fails. */
export const copyOf = (desk: Desk, from: Ref<'VDI'>, target: { uuid: string; name: string }, { signal, progress }: Task): Making['make'] => async repository => {
  const vdi = desk.store.get('VDI', from);
  await repository.create({ ...target, virtualSizeBytes: vdi.virtual_size, format: formatLike(vdi.sm_config['image-format']) });
  try {
    await desk.copyImage(repositoryOf(desk, vdi.SR).locate(vdi.uuid), repository.locate(target.uuid), { signal, ...(progress ? { progress } : {}) });
    return await repository.stat(target.uuid);
  } catch (error) {
    await repository.destroy(target.uuid);
    throw error;
  }
};

/** Overwrites: what was in it is gone from the first byte on, and the caller knows. */
const copyInto = async (desk: Desk, context: CallContext, from: Ref<'VDI'>, into: Ref<'VDI'>): Promise<Ref<'VDI'>> => {
  const source = desk.store.get('VDI', from), target = desk.store.get('VDI', into);
  if (from === into) throw new ApiError('VALUE_NOT_SUPPORTED', 'into_vdi', into, 'it is the same disk');
  if (target.read_only) throw new ApiError('VDI_READONLY', into);
  if (target.virtual_size < source.virtual_size) throw new ApiError('VDI_TOO_SMALL', into, String(source.virtual_size));
  const { signal, progress } = context.task;
  await withVdis(desk, context, [from], 'copy', () => withVdis(desk, context, [into], 'update', () => translated({ vdi: into, sr: target.SR, operation: 'copy' }, async () => {
    const repository = repositoryOf(desk, target.SR);
    if (await repository.hasClones(target.uuid)) throw new ApiError('VDI_IN_USE', into, 'copy');
    await desk.copyImage(repositoryOf(desk, source.SR).locate(source.uuid), repository.locate(target.uuid), { signal, progress });
    const stored = await repository.stat(target.uuid);
    desk.store.transaction(tx => { tx.set('VDI', into, storedFields(tx, target.SR, stored)); });
  })));
  await refreshSpace(desk, target.SR);
  return into;
};

/** Raw stays raw; what else a repository keeps is its own affair, and qcow2 is what all of them take. */
const formatLike = (name: string | undefined): VdiFormat => (name === 'raw' ? 'raw' : name === 'vhd' ? 'vpc' : 'qcow2');
