import { randomUUID } from 'node:crypto';
import { ApiError, type Ref } from '../../../shared/api';
import type { VdiFormat } from '../../storage/contract';
import { constructorFields } from '../constructor-fields';
import type { CallContext, Handler } from '../contract';
import type { Desk } from '../desk';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { assertName } from '../vm/limits';
import { assertRoom, assertSize, closeIntents, ISO_FIELDS, makeVdiStep, recordVdi, repositoryOf, roundSize, type Making } from './make';

export const create = (desk: Desk): Handler<'VDI.create'> => async (context, args) => {
  assertName('name_label', args.name_label);
  assertName('name_description', args.name_description);
  const { SR: _sr, ...fields } = constructorFields('VDI', args);
  const isIso = desk.store.get('SR', args.SR).content_type === 'iso';
  // A CD image is exactly as large as its file.
  const virtualSizeBytes = isIso ? assertSize(args.virtual_size) : roundSize(args.virtual_size);
  const format = isIso ? 'raw' : formatOf(args.sm_config?.['image-format'] ?? args.sm_config?.type);
  await assertRoom(desk, args.SR, virtualSizeBytes);
  const named = repositoryOf(desk, args.SR).uuidFor?.(args.name_label), uuid = named ?? randomUUID();
  if (named !== undefined) await assertNotThere(desk, args.SR, named);
  return makeOne(desk, context, 'VDI.create', {
    uuid, sr: args.SR, name: args.name_label, operation: 'create',
    make: repository => repository.create({ uuid, name: args.name_label, virtualSizeBytes, format }),
  }, isIso ? { ...fields, ...ISO_FIELDS } : fields);
};

/** One disk and its record: VDI.create and VDI.clone. */
export const makeOne = async (desk: Desk, context: CallContext, of: string, making: Omit<Making, 'made'>, fields: Parameters<typeof recordVdi>[3]): Promise<Ref<'VDI'>> => {
  let made: Parameters<Making['made']>[0] | undefined;
  let ref: Ref<'VDI'> | undefined;
  await runPlan([
    makeVdiStep(desk, { ...making, made: vdi => { made = vdi; } }, 10),
    { name: 'record', weight: 1, do: () => { if (made) ref = desk.store.transaction(tx => recordVdi(tx, making.sr, made!, fields)); } },
    closeIntents(desk, () => [making.uuid]),
  ], { of, signal: context.task.signal, progress: context.task.progress, log: desk.log });
  if (!ref) throw new ApiError('INTERNAL_ERROR', `${of} made no record`);
  await refreshSpace(desk, making.sr);
  return ref;
};

/** One that is there must never get into the journal as half made: the next start would take it away. */
const assertNotThere = async (desk: Desk, sr: Ref<'SR'>, uuid: string): Promise<void> => {
  const there = await repositoryOf(desk, sr).stat(uuid).catch(() => undefined);
  if (there) throw new ApiError('SR_BACKEND_FAILURE', '1', '', `there is a file "${there.name}" already`);
};

const formatOf = (name: string | undefined): VdiFormat => {
  switch (name) {
    case undefined: case '': case 'qcow2': return 'qcow2';
    case 'raw': return 'raw';
    case 'vhd': case 'vpc': return 'vpc';
    default: throw new ApiError('VALUE_NOT_SUPPORTED', 'sm_config', name, 'the image format is qcow2, raw or vhd');
  }
};
