import { randomUUID } from 'node:crypto';
import { ApiError, type Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import { TransferError, type OvaReading, type OvfDisk } from '../../transfer/contract';
import type { CallContext, ImportOptions } from '../contract';
import type { Desk } from '../desk';
import { runPlan, type Step } from '../plan';
import { makeVdiStep, roundSize } from '../vdi/make';
import { assertRoomFor, DISKS_SHARE, lastSteps } from './arrive';
import { claimedSize, makeFilled } from './fill';
import { planNetworks } from './networks';
import { ovaOf } from './ovf';
import type { OvaObject } from './read-ova';

/* VMs from an OVA. Its disks come in an order of its own, and only each one's file says how large it is; else as with XenServer's archives: everything, or nothing. */

interface Incoming { uuid: string; disk: OvfDisk; object: OvaObject<'VDI'>; stored?: StoredVdi }

export const importOva = async (desk: Desk, context: CallContext, sr: Ref<'SR'>, reading: OvaReading, announcedBytes: number, options: ImportOptions): Promise<readonly Ref<'VM'>[]> => {
  const { envelope } = reading, { signal } = context.task, ova = ovaOf(envelope), networks = await planNetworks(desk, ova, options.network);
  const disks = usedDisks(reading).map((disk): Incoming => ({ uuid: randomUUID(), disk, object: ova.find('VDI', disk.id)! })), total = disks.reduce((sum, { disk }) => sum + disk.capacityBytes, 0);
  await assertRoomFor(desk, sr, announcedBytes, disks.some(({ disk }) => disk.capacityBytes === 0) ? announcedBytes : total);
  let before = 0, made: readonly Ref<'VM'>[] = [];
  const progress = (bytes: number): void => { if (total > 0) context.task.progress(Math.min(1, (before + bytes) / total) * DISKS_SHARE); };
  const due = new Set(disks.filter(({ disk }) => disk.href !== undefined));
  await runPlan([
    ...disks.filter(({ disk }) => disk.href === undefined).map(incoming => emptyStep(desk, sr, incoming)),
    // Which of them a step makes, the archive says.
    ...[...due].map((): Step => nextStep(desk, context, sr, reading, due, progress, bytes => { before += bytes; })),
    ...lastSteps(desk, sr, { end: () => reading.end(), ova, options, networks, disks, made: vms => { made = vms; } }),
  ], { of: 'OVA.import', signal, progress: () => { /* by bytes */ }, log: desk.log });
  return made;
};
/** Two machines must not write one disk, nor two disks come of one file. */
const usedDisks = ({ envelope: { machines, disks } }: OvaReading): readonly OvfDisk[] => {
  const ids = machines.flatMap(({ drives }) => drives.flatMap(drive => (drive.kind === 'Disk' ? [drive.disk] : []))), used = disks.filter(({ id }) => ids.includes(id)), hrefs = used.flatMap(({ href }) => href ?? []);
  if (new Set(ids).size < ids.length || new Set(hrefs).size < hrefs.length) throw new ApiError('VALUE_NOT_SUPPORTED', 'format', 'ova', 'a disk that two have in common');
  for (const { id, capacityBytes } of used) if (capacityBytes > 0) claimedSize(id, capacityBytes);
  return used;
};

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
      try {
        return await makeFilled(desk, repository, { uuid, name: found.disk.id, sizeBytes: Math.max(claimedSize(found.disk.id, coming.reading.sizeBytes), found.disk.capacityBytes) }, async disk => {
          await coming.reading.fill(disk, { signal: context.task.signal, progress });
          await coming.finish();
        });
      } finally { await coming.reading.release(); }
    },
    made: stored => { if (incoming) { incoming.stored = stored; done(incoming.disk.capacityBytes); } },
  }, 10);
};
