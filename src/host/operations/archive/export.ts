import { ApiError, type Ref } from '../../../shared/api';
import type { ArchivedDisk } from '../../transfer/contract';
import type { Archives, CallContext, ExportOptions, Sink } from '../contract';
import type { Desk } from '../desk';
import { translated } from '../failure';
import { withVdis } from '../vdi/claim';
import { repositoryOf } from '../vdi/make';
import { continued } from './continued';
import { figuresOf } from './figures';
import { describeVms } from './ova';
import { envelopeOf } from './ovf';

/* A VM goes out: its records, then its disks as they stand. It is not changed, and nothing is made for it; who wants one that runs exports a snapshot of it. */

export const exportVm = (desk: Desk): Archives['exportVm'] => async (context, named, options, sink) => {
  const { compression, includeSnapshots, format, part } = options;
  if (format === 'ova') { await exportOva(desk, context, findVm(desk, named), options, sink); return; }
  const vm = findVm(desk, named), { is_a_snapshot, snapshots } = desk.store.get('VM', vm);
  const vms = includeSnapshots && !is_a_snapshot ? [vm, ...snapshots] : [vm];
  await locked(desk, context, vms, signal => exportXva(desk, context, vms, signal, async make => {
    const { bytes, fromByte } = await continued(() => desk.transfer.compress(make(), compression), part);
    await sink(bytes, undefined, fromByte);
  }));
};

/** For who has them locked. */
export const exportXva = async (desk: Desk, context: CallContext, vms: readonly Ref<'VM'>[], signal: AbortSignal, sink: (make: () => AsyncIterable<Buffer>) => Promise<void>): Promise<void> => {
  const { ova, disks } = describeVms(desk.store, vms, figuresOf(desk));
  await withVdis(desk, context, disks.map(({ vdi }) => vdi), 'copy', async () => {
    const total = disks.reduce((sum, { vdi }) => sum + desk.store.get('VDI', vdi).virtual_size, 0);
    const archived = disks.map(({ id, vdi }): ArchivedDisk => ({ id, open: () => openVdi(desk, vdi) }));
    for (const { vdi } of disks) await (await openVdi(desk, vdi)).close(); // refused now, not in the middle
    await sink(() => desk.transfer.writeXva(ova, archived, { signal, progress: bytes => context.task.progress(bytes / total) }));
  });
};

/** How long it is, is known before: so its client knows when it has all. */
const exportOva = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, { compression, includeSnapshots, part }: ExportOptions, sink: Sink): Promise<void> => {
  if (includeSnapshots) throw new ApiError('VALUE_NOT_SUPPORTED', 'include_snapshots', 'true', 'an OVA holds no snapshots');
  if (compression !== 'none') throw new ApiError('VALUE_NOT_SUPPORTED', 'use_compression', compression, 'an OVA is not compressed as a whole');
  await locked(desk, context, [vm], async signal => {
    const { envelope, disks } = envelopeOf(desk.store, vm);
    await withVdis(desk, context, disks.map(({ vdi }) => vdi), 'copy', async () => {
      const writing = await desk.transfer.writeOva(fileName(desk.store.get('VM', vm).name_label), envelope, disks.map(({ id, vdi }) => ({ id, open: () => openVdi(desk, vdi) })));
      try {
        const { bytes, fromByte } = await continued(() => writing.bytes(signal), part);
        await sink(counted(bytes, done => context.task.progress((fromByte + done) / writing.lengthBytes)), writing.lengthBytes, fromByte);
      } finally { await writing.close(); }
    });
  });
};
const fileName = (label: string): string => label.replace(/[^\w.-]+/g, '-').replace(/^[-.]+/, '').slice(0, FILE_NAME_MAX_CHARS) || 'vm';
const FILE_NAME_MAX_CHARS = 60;

export async function* counted(bytes: AsyncIterable<Buffer>, progress: (done: number) => void): AsyncGenerator<Buffer> {
  let done = 0;
  for await (const chunk of bytes) { yield chunk; progress(done += chunk.length); }
}

export const exportMetadata = (desk: Desk): Archives['exportMetadata'] => async (context, named, includeSnapshots, sink) => {
  const chosen = named?.map(one => findVm(desk, one)) ?? [...desk.store.all('VM')].filter(([, vm]) => !vm.is_default_template && !vm.is_a_snapshot).map(([ref]) => ref);
  const vms = includeSnapshots ? [...new Set(chosen.flatMap(vm => [vm, ...desk.store.get('VM', vm).snapshots]))] : chosen;
  await sink(desk.transfer.writeXva(describeVms(desk.store, vms).ova, [], { signal: context.task.signal, progress: () => {} }));
};

export const openVdi = (desk: Desk, vdi: Ref<'VDI'>): ReturnType<Desk['openImage']> => {
  const { SR: sr, uuid } = desk.store.get('VDI', vdi);
  return translated({ vdi, sr, operation: 'copy' }, () => desk.openImage(repositoryOf(desk, sr).locate(uuid), 'read'));
};

export const findVm = (desk: Desk, named: string): Ref<'VM'> => {
  if (desk.store.find('VM', named)) return named as Ref<'VM'>;
  if (named.startsWith('OpaqueRef:')) throw new ApiError('HANDLE_INVALID', 'VM', named);
  return desk.store.byUuid('VM', named);
};

/** All of them, the first to the last. */
const locked = (desk: Desk, context: CallContext, [vm, ...rest]: readonly Ref<'VM'>[], work: (signal: AbortSignal) => Promise<void>): Promise<void> =>
  (vm === undefined ? work(context.task.signal) : desk.lock.run(context, vm, 'export', signal => locked(desk, { ...context, task: { ...context.task, signal } }, rest, work)));
