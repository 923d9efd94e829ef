import { randomUUID } from 'node:crypto';
import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import type { XvaReading } from '../../transfer/contract';
import type { Archives, CallContext, ImportOptions } from '../contract';
import type { Desk } from '../desk';
import { runPlan, type Step } from '../plan';
import { refreshSpace } from '../sr/space';
import { makeVdiStep, repositoryOf } from '../vdi/make';
import { theHost } from '../vm/power';
import { nameArrival } from './arrivals';
import { assertRoomFor, DISKS_SHARE, lastSteps } from './arrive';
import { claimedSize, makeFilled } from './fill';
import { importOva } from './import-ova';
import { placeOf, planNetworks } from './networks';
import { assertVersion, readOva, type Ova, type OvaObject } from './read-ova';
import { diskObjects, recordVms } from './records';

/* A VM comes in. Each disk is made and filled as the archive brings it, all records follow in one transaction after its end: the VM is there wholly or not at
 * all, and a crash leaves intents that the next start takes away. */

interface Incoming { object: OvaObject<'VDI'>; uuid: string; name: string; sizeBytes: number; stored?: StoredVdi }

export const importVm = (desk: Desk): Archives['importVm'] => async (context, bytes, announcedBytes, options) => {
  const sr = targetSr(desk, options.sr), { signal } = context.task;
  const reading = await desk.transfer.readArchive(bytes, { ignoreChecksums: options.force, signal });
  try {
    if (reading.kind === 'ova') return await importOva(desk, context, sr, reading, announcedBytes, options);
    const ova = readOva(reading.ova);
    if (!options.force) assertVersion(ova, desk.store.get('host', theHost(desk.store)));
    assertNotThere(desk, ova, options);
    const disks = diskObjects(ova).map((object): Incoming => ({ object, uuid: randomUUID(), name: object.fields.name_label ?? '', sizeBytes: claimedSize(object.id, object.fields.virtual_size ?? 0) }));
    await assertRoomFor(desk, sr, announcedBytes, disks.reduce((sum, disk) => sum + disk.sizeBytes, 0));
    if (options.ticket !== undefined && options.restore) nameArrival(desk, options.ticket, ova.all('VM').find(({ fields }) => fields.is_a_snapshot !== true)?.fields.uuid ?? '');
    return await makeAll(desk, context, sr, { ova, reading, disks, options });
  } finally {
    await reading.release();
    await refreshSpace(desk, sr);
  }
};

interface Job { ova: Ova; reading: XvaReading; disks: readonly Incoming[]; options: ImportOptions }

const makeAll = async (desk: Desk, context: CallContext, sr: Ref<'SR'>, { ova, reading, disks, options }: Job): Promise<readonly Ref<'VM'>[]> => {
  const networks = await planNetworks(desk, ova, options.network), total = disks.reduce((sum, disk) => sum + disk.sizeBytes, 0);
  let before = 0, made: readonly Ref<'VM'>[] = [];
  await runPlan([
    ...disks.map(disk => fillStep(desk, context, sr, reading, disk, offset => context.task.progress((before + offset) / total * DISKS_SHARE), () => { before += disk.sizeBytes; })),
    ...lastSteps(desk, sr, { end: () => reading.end(), ova, options, networks, disks, made: vms => { made = vms; } }),
  ], { of: 'VM.import', signal: context.task.signal, progress: () => { /* by bytes */ }, log: desk.log });
  return made;
};

const fillStep = (desk: Desk, context: CallContext, sr: Ref<'SR'>, reading: XvaReading, disk: Incoming, progress: (offset: number) => void, done: () => void): Step => makeVdiStep(desk, {
  uuid: disk.uuid, sr, name: disk.name, operation: 'import',
  make: repository => makeFilled(desk, repository, disk, async open => { await reading.fill(disk.object.id, open, { sizeBytes: disk.sizeBytes, signal: context.task.signal, progress }); }),
  made: stored => { disk.stored = stored; done(); },
}, 10);

/** Only the records: the disks are here already. */
export const importMetadata = (desk: Desk): Archives['importMetadata'] => async (context, bytes, options) => {
  const reading = await desk.transfer.readArchive(bytes, { ignoreChecksums: options.force, signal: context.task.signal });
  try {
    if (reading.kind === 'ova') throw new ApiError('IMPORT_ERROR_UNEXPECTED_FILE', 'ova.xml', 'an OVF descriptor');
    const ova = readOva(reading.ova);
    if (!options.force) assertVersion(ova, desk.store.get('host', theHost(desk.store)));
    assertNotThere(desk, ova, options);
    const vdis = new Map(diskObjects(ova).flatMap(object => { const found = ourVdi(desk, object, options); return found === undefined ? [] : [[object.id, found] as const]; }));
    await reading.end();
    if (options.dryRun) return [];
    const networks = await planNetworks(desk, ova, options.network);
    return desk.store.transaction(tx => recordVms(tx, ova, { vdis, restore: options.restore, network: placeOf(tx, networks) }));
  } finally { await reading.release(); }
};

const ourVdi = (desk: Desk, { id, fields: { uuid = '' } }: OvaObject<'VDI'>, { vdis, force }: ImportOptions): Ref<'VDI'> | undefined => {
  const wanted = vdis?.[uuid] ?? uuid, found = [...desk.store.all('VDI')].find(([, vdi]) => vdi.uuid === wanted)?.[0];
  if (found === undefined && !force) throw new ApiError('IMPORT_ERROR_FAILED_TO_FIND_OBJECT', id);
  return found;
};

export const targetSr = (desk: Desk, named: string | undefined): Ref<'SR'> => {
  const [pool] = desk.store.all('pool').values();
  const sr = named === undefined ? pool?.default_SR ?? '' : desk.store.find('SR', named) ? named : named.startsWith('OpaqueRef:') ? '' : desk.store.byUuid('SR', named);
  if (isNull(sr)) throw named === undefined ? new ApiError('DEFAULT_SR_NOT_FOUND', '') : new ApiError('HANDLE_INVALID', 'SR', named);
  const repository = repositoryOf(desk, sr as Ref<'SR'>);
  if (!repository.capabilities.includes('VDI_CREATE') || desk.store.get('SR', sr).content_type === 'iso') throw new ApiError('SR_OPERATION_NOT_SUPPORTED', sr);
  return sr as Ref<'SR'>;
};

/** Whoever restores a VM must have lost it. */
const assertNotThere = (desk: Desk, ova: Ova, { restore }: ImportOptions): void => {
  const vms = ova.all('VM');
  if (vms.length === 0) throw new ApiError('IMPORT_ERROR', 'there is no VM in it');
  if (!restore) return;
  const uuids = new Set(vms.map(({ fields }: { fields: Partial<Records['VM']> }) => fields.uuid));
  const there = [...desk.store.all('VM')].find(([, vm]) => uuids.has(vm.uuid));
  if (there) throw new ApiError('DUPLICATE_VM', there[0]);
};
