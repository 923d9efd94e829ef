import { randomUUID } from 'node:crypto';
import { ApiError, type Ref } from '../../../shared/api';
import type { StorageRepository, StoredVdi } from '../../storage/contract';
import { TransferError, type OvaDisk, type OvaReading, type OvfDisk } from '../../transfer/contract';
import type { CallContext, ImportOptions } from '../contract';
import type { Desk } from '../desk';
import { runPlan, type Step } from '../plan';
import { assertSize, closeIntents, makeVdiStep, recordVdi, roundSize } from '../vdi/make';
import { placeOf, planNetworks } from './networks';
import { ovaOf } from './ovf';
import { recordVms, vdiFields } from './records';

/* VMs from an OVA. Its disks come in an order of its own, and only each one's file says how large it is; else as with XenServer's archives: everything, or nothing. */

interface Incoming { uuid: string; disk: OvfDisk; stored?: StoredVdi }

export const importOva = async (desk: Desk, context: CallContext, sr: Ref<'SR'>, reading: OvaReading, options: ImportOptions): Promise<readonly Ref<'VM'>[]> => {
  const { envelope } = reading, { signal } = context.task, ova = ovaOf(envelope), networks = await planNetworks(desk, ova, options.network);
  const disks = usedDisks(reading).map((disk): Incoming => ({ uuid: randomUUID(), disk })), total = disks.reduce((sum, { disk }) => sum + disk.capacityBytes, 0);
  let before = 0, made: readonly Ref<'VM'>[] = [];
  const progress = (bytes: number): void => { if (total > 0) context.task.progress(Math.min(1, (before + bytes) / total) * DISKS_SHARE); };
  const due = new Set(disks.filter(({ disk }) => disk.href !== undefined));
  await runPlan([
    ...disks.filter(({ disk }) => disk.href === undefined).map(incoming => emptyStep(desk, sr, incoming)),
    // Which of them a step makes, the archive says.
    ...[...due].map((): Step => nextStep(desk, context, sr, reading, due, progress, bytes => { before += bytes; })),
    { name: 'the end of the archive', weight: 1, do: () => reading.end() },
    {
      name: 'record', weight: 1,
      do: () => {
        made = desk.store.transaction(tx => {
          const vdis = new Map(disks.flatMap(({ disk, stored }) => { const object = ova.find('VDI', disk.id); return stored && object ? [[disk.id, recordVdi(tx, sr, stored, vdiFields(object))] as const] : []; }));
          return recordVms(tx, ova, { vdis, restore: options.restore, network: placeOf(tx, networks) });
        });
      },
    },
    closeIntents(desk, () => disks.map(({ uuid }) => uuid)),
  ], { of: 'VM.import', signal, progress: () => { /* by bytes */ }, log: desk.log });
  return made;
};
/** The rest is for the records. */
const DISKS_SHARE = 0.99;

/** Two machines must not write one disk, nor two disks come of one file. */
const usedDisks = ({ envelope: { machines, disks } }: OvaReading): readonly OvfDisk[] => {
  const ids = machines.flatMap(({ drives }) => drives.flatMap(drive => (drive.kind === 'Disk' ? [drive.disk] : []))), used = disks.filter(({ id }) => ids.includes(id)), hrefs = used.flatMap(({ href }) => href ?? []);
  if (new Set(ids).size < ids.length || new Set(hrefs).size < hrefs.length) throw new ApiError('VALUE_NOT_SUPPORTED', 'format', 'ova', 'a disk that two have in common');
  for (const { id, capacityBytes } of used) if (capacityBytes > 0) sized(id, capacityBytes);
  return used;
};

const sized = (id: string, bytes: number): number => { try { return assertSize(bytes); } catch { throw new ApiError('IMPORT_ERROR', `the disk ${id} claims to be ${bytes} bytes large`); } };

const emptyStep = (desk: Desk, sr: Ref<'SR'>, incoming: Incoming): Step => makeVdiStep(desk, {
  uuid: incoming.uuid, sr, name: incoming.disk.id, operation: 'import', made: stored => { incoming.stored = stored; },
  make: async repository => {
    await repository.create({ uuid: incoming.uuid, name: incoming.disk.id, virtualSizeBytes: roundSize(incoming.disk.capacityBytes), format: 'qcow2' });
    return repository.stat(incoming.uuid);
  },
}, 1);

const nextStep = (desk: Desk, context: CallContext, sr: Ref<'SR'>, reading: OvaReading, due: Set<Incoming>, progress: (bytes: number) => void, done: (bytes: number) => void): Step => {
  const uuid = randomUUID();
  let incoming: Incoming | undefined;
  return makeVdiStep(desk, {
    uuid, sr, name: uuid, operation: 'import',
    make: async repository => {
      const coming = await reading.nextDisk(context.task.signal), found = coming && [...due].find(({ disk }) => disk.href === coming.href);
      if (!coming || !found) {
        const [first] = due, expected = first?.disk.href ?? '', is = coming?.href ?? 'the end of the archive';
        await coming?.reading.release();
        throw new TransferError('unexpected-file', `${expected} is due in the archive, and there is ${is}`, expected, is);
      }
      due.delete(found);
      incoming = found;
      found.uuid = uuid;
      try { return await filled(desk, context, repository, found, coming, progress); } finally { await coming.reading.release(); }
    },
    made: stored => { if (incoming) { incoming.stored = stored; done(incoming.disk.capacityBytes); } },
  }, 10);
};

const filled = async (desk: Desk, context: CallContext, repository: StorageRepository, { uuid, disk }: Incoming, coming: OvaDisk, progress: (bytes: number) => void): Promise<StoredVdi> => {
  await repository.create({ uuid, name: disk.id.slice(0, DISK_NAME_MAX_CHARS), virtualSizeBytes: roundSize(Math.max(sized(disk.id, coming.reading.sizeBytes), disk.capacityBytes)), format: 'qcow2' });
  try {
    const open = await desk.openImage(repository.locate(uuid), 'write');
    try {
      await coming.reading.fill(open, { signal: context.task.signal, progress });
      await open.flush();
    } finally { await open.close(); }
    await coming.finish();
    return await repository.stat(uuid);
  } catch (error) { await repository.destroy(uuid); throw error; }
};
const DISK_NAME_MAX_CHARS = 1000;
