import { randomUUID } from 'node:crypto';
import { ApiError, type Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import type { DiskReading } from '../../transfer/contract';
import type { Archives, CallContext, VdiImport } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { withVdis } from '../vdi/claim';
import { assertRoom, assertSize, closeIntents, makeVdiStep, recordVdi, repositoryOf, storedFields } from '../vdi/make';
import { assertName } from '../vm/limits';
import { counted, openVdi } from './export';
import { makeFilled, type OpenVdi } from './fill';
import { targetSr } from './import';

/* Single disks out and in. A new disk is there wholly or not at all. One that is there already is written in place where nothing is lost by it: it is empty, its owner has asked for an upload in
 * parts, or what comes is a difference to it. */

export const findVdi = (desk: Desk, named: string): Ref<'VDI'> => {
  if (desk.store.find('VDI', named)) return named as Ref<'VDI'>;
  if (named.startsWith('OpaqueRef:')) throw new ApiError('HANDLE_INVALID', 'VDI', named);
  return desk.store.byUuid('VDI', named);
};

export const exportVdi = (desk: Desk): Archives['exportVdi'] => async (context, named, { format, base: namedBase, fromByte }, sink) => {
  const vdi = findVdi(desk, named), base = namedBase === undefined ? undefined : findVdi(desk, namedBase), { signal } = context.task;
  await withVdis(desk, context, base === undefined || base === vdi ? [vdi] : [vdi, base], 'copy', async () => {
    const disk = await openVdi(desk, vdi);
    try {
      const under = base === undefined ? undefined : base === vdi ? disk : await openVdi(desk, base);
      try {
        const from = under && base !== undefined ? { uuid: desk.store.get('VDI', base).uuid, disk: under } : undefined;
        const stream = await desk.transfer.writeDisk(disk, format, { uuid: desk.store.get('VDI', vdi).uuid, ...(from ? { base: from } : {}), signal });
        if (fromByte > stream.lengthBytes) throw new ApiError('INVALID_VALUE', 'range', String(fromByte));
        await sink(counted(desk.transfer.stream(stream, fromByte, signal), done => context.task.progress((fromByte + done) / stream.lengthBytes)), stream.lengthBytes);
      } finally { if (under !== disk) await under?.close(); }
    } finally { await disk.close(); }
  });
};

export const importVdi = (desk: Desk): Archives['importVdi'] => async (context, wanted, bytes, announcedBytes) => {
  const { format, offset } = wanted;
  if (wanted.vdi !== undefined && offset !== undefined) return inParts(desk, context, findVdi(desk, wanted.vdi), offset, bytes, announcedBytes);
  const into = wanted.vdi === undefined ? undefined : findVdi(desk, wanted.vdi), sr = into === undefined ? targetSr(desk, wanted.sr) : undefined;
  assertName('name_label', wanted.name);
  const reading = await desk.transfer.readDisk(bytes, format, { announcedBytes, signal: context.task.signal });
  try {
    return into === undefined ? await makeNew(desk, context, sr!, wanted, reading) : await overwrite(desk, context, into, reading);
  } finally { await reading.release(); }
};

const makeNew = async (desk: Desk, context: CallContext, sr: Ref<'SR'>, { name }: VdiImport, reading: DiskReading): Promise<Ref<'VDI'>> => {
  if (reading.isDifferencing) throw new ApiError('VALUE_NOT_SUPPORTED', 'format', 'vhd', 'it holds only the differences to another disk: give the copy of that disk with vdi=');
  const uuid = randomUUID(), sizeBytes = assertSize(reading.sizeBytes), { signal } = context.task;
  await assertRoom(desk, sr, 0);
  let stored: StoredVdi | undefined, made: Ref<'VDI'> | undefined;
  await runPlan([
    makeVdiStep(desk, {
      uuid, sr, name, operation: 'import',
      make: repository => makeFilled(desk, repository, { uuid, name, sizeBytes }, async disk => { await reading.fill(disk, { signal, progress: done => context.task.progress(done / reading.sizeBytes) }); }),
      made: vdi => { stored = vdi; },
    }, 10),
    { name: 'record', weight: 1, do: () => { made = stored && desk.store.transaction(tx => recordVdi(tx, sr, stored!, { name_label: name, type: 'user' })); } },
    closeIntents(desk, () => [uuid]),
  ], { of: 'VDI.import', signal, progress: () => { /* by bytes */ }, log: desk.log });
  await refreshSpace(desk, sr);
  if (made === undefined) throw new ApiError('INTERNAL_ERROR', 'VDI.import made no record');
  return made;
};

const overwrite = async (desk: Desk, context: CallContext, vdi: Ref<'VDI'>, reading: DiskReading): Promise<Ref<'VDI'>> => {
  await inPlace(desk, context, vdi, reading.sizeBytes, async disk => {
    if (!reading.isDifferencing) {
      if (desk.store.get('VDI', vdi).other_config[INCOMPLETE_KEY] !== undefined) await disk.zero(0, disk.sizeBytes);
      else if (!await isEmpty(disk, context.task.signal)) throw new ApiError('OPERATION_NOT_ALLOWED', 'this disk is not empty, and in this format it would be lost if the upload broke off: upload to a new disk, or in raw format');
    }
    note(desk, vdi, INCOMPLETE_KEY, 'true');
    await reading.fill(disk, { signal: context.task.signal, progress: done => context.task.progress(done / reading.sizeBytes) });
  });
  note(desk, vdi, INCOMPLETE_KEY, undefined);
  return vdi;
};
/** What was uploaded last has not come whole. */
const INCOMPLETE_KEY = 'upload_incomplete';

const isEmpty = async (disk: OpenVdi, signal: AbortSignal): Promise<boolean> => {
  for await (const { offset, length } of disk.data()) {
    for (let at = offset; at < offset + length; at += LOOK_BYTES) {
      signal.throwIfAborted();
      const piece = Buffer.allocUnsafe(Math.min(LOOK_BYTES, offset + length - at));
      await disk.read(at, piece);
      if (piece.some(byte => byte !== 0)) return false;
    }
  }
  return true;
};
const LOOK_BYTES = 1024 * 1024;

/** Where an upload that was interrupted goes on. */
const RESUME_KEY = 'upload_offset';

/** Raw bytes from there on. Where it breaks off, what has come is kept, and the disk says how far it is. */
const inParts = async (desk: Desk, context: CallContext, vdi: Ref<'VDI'>, offset: number, bytes: AsyncIterable<Buffer>, announcedBytes: number): Promise<Ref<'VDI'>> => {
  const { other_config, virtual_size: size } = desk.store.get('VDI', vdi), due = Number(other_config[RESUME_KEY] ?? 0), total = offset + announcedBytes;
  if (offset > due) throw new ApiError('INVALID_VALUE', 'offset', String(offset));
  let at = offset;
  try {
    await inPlace(desk, context, vdi, Number.isFinite(total) ? total : size, async disk => {
      const reading = await desk.transfer.readDisk(bytes, 'raw', { announcedBytes: Math.min(announcedBytes, size - offset), signal: context.task.signal });
      try { await reading.fill({ write: (from, piece) => disk.write(offset + from, piece) }, { signal: context.task.signal, progress: done => { at = offset + done; context.task.progress(at / (Number.isFinite(total) ? total : size)); } }); } finally { await disk.flush(); }
    });
    note(desk, vdi, RESUME_KEY, undefined);
    return vdi;
  } catch (error) { if (at > due) note(desk, vdi, RESUME_KEY, String(at)); throw error; }
};

const note = (desk: Desk, vdi: Ref<'VDI'>, key: string, value: string | undefined): void => {
  desk.store.transaction(tx => {
    const record = tx.find('VDI', vdi);
    if (!record) return;
    const { [key]: _, ...rest } = record.other_config;
    tx.set('VDI', vdi, { other_config: value === undefined ? rest : { ...rest, [key]: value } });
  });
};

const inPlace = async (desk: Desk, context: CallContext, vdi: Ref<'VDI'>, sizeBytes: number, work: (disk: OpenVdi) => Promise<void>): Promise<void> => {
  const { SR: sr, uuid, virtual_size: size, read_only } = desk.store.get('VDI', vdi), repository = repositoryOf(desk, sr);
  if (read_only || desk.store.get('SR', sr).content_type === 'iso') throw new ApiError('VDI_READONLY', vdi);
  if (sizeBytes > size) throw new ApiError('VDI_TOO_SMALL', vdi, String(sizeBytes));
  await withVdis(desk, context, [vdi], 'update', () => translated({ vdi, sr, operation: 'update' }, async () => {
    if (await repository.hasClones(uuid)) throw new ApiError('VDI_IN_USE', vdi, 'update');
    const disk = await desk.openImage(repository.locate(uuid), 'write');
    try { await work(disk); await disk.flush(); } finally { await disk.close(); }
    const stored = await repository.stat(uuid);
    desk.store.transaction(tx => { if (tx.find('VDI', vdi)) tx.set('VDI', vdi, storedFields(tx, sr, stored)); });
  }));
  await refreshSpace(desk, sr);
};
