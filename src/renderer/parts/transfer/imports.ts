import type { Ref } from '../../../shared/api';
import { newVdi } from '../../../shared/rules/new-records';
import { type About, CallFailed, type DiskFormat, type Failure, failureOf, type Held, type LocalFile, type Session } from '../../api';
import type { Stage } from '../actions/action';
import { hasPlugin } from '../host/plugin';
import { attachDisk } from '../vm/attach-disk';
import { brokeOff, carry, isGone, type Job } from './carry';

/* Out of a file of this computer. */

const SECTOR_BYTES = 512;
/** Where an upload that broke off goes on, as our hosts say it. */
const OFFSET_KEY = 'upload_offset';

/** Our hosts keep for a quarter of an hour what has come of an upload that breaks off, and go on in its task. */
const heldBy = (session: Session): Held | undefined => (hasPlugin(session) ? {} : undefined);
const waits = (session: Session, held: Held | undefined, failure: Failure): boolean => held?.task !== undefined && brokeOff(failure) && session.records.get('task', held.task)?.status === 'pending';
const ends = (session: Session, held: Held | undefined): Pick<Job<unknown>, 'goesOn' | 'drop'> => ({
  goesOn: failure => waits(session, held, failure), drop: () => (held ? session.giveUpHeld(held) : Promise.resolve()),
});

export const carryVmIn = (stage: Stage, session: Session, { file, sr, network, restore }: { file: LocalFile; sr: Ref<'SR'> | ''; network: string; restore: boolean }): void => {
  const about = { verb: 'import', subject: file.name };
  const held = heldBy(session);
  void carry(stage, {
    session, about, ...ends(session, held),
    work: (_resume, again) => session.upload(about, file, { what: 'vm', sr, network, restore, ...(held && { resumable: true }) }, { again, ...(held && { held }) }),
    done: ({ task }) => {
      const vm = /OpaqueRef:[-0-9a-f]{36}/.exec(task.result)?.[0];
      return { words: `Imported “${file.name}”`, about: vm === undefined ? undefined : { session, cls: 'VM', ref: vm } };
    },
  });
};

/** A new disk; `vm` gets it. Raw bytes can go on where they broke off, where the host can. */
export const carryDiskIn = (stage: Stage, session: Session, wish: { file: LocalFile; format: DiskFormat; sr: Ref<'SR'>; name: string; vm: Ref<'VM'> | undefined }): void => {
  const { file, format, sr, name, vm } = wish, about = { verb: 'import', subject: file.name, ...(vm !== undefined && { subjectRef: vm }) };
  const vmName = vm === undefined ? '' : session.records.get('VM', vm)?.name_label ?? '';
  let given = false;
  const done = () => ({ words: given ? `Imported “${name}” and gave it to “${vmName}”` : `Imported “${name}”`, about: given && vm !== undefined ? { session, cls: 'VM' as const, ref: vm } : { session, cls: 'SR' as const, ref: sr } });
  // All of it has come: whatever is wrong with the VM, the disk stays.
  const give = async (vdi: Ref<'VDI'>): Promise<void> => {
    if (vm === undefined) return;
    try {
      await attachDisk(session, vm, vdi, { name, type: 'Disk', readOnly: false, bootable: false });
      given = true;
    } catch (error) { stage.failed(`Could not give “${name}” to “${vmName}”`, failureOf(error), session); }
  };
  if (format === 'raw' && hasPlugin(session)) {
    void carry(stage, rawJob(session, { ...wish, isIso: false }, about, give, done));
    return;
  }
  const held = heldBy(session);
  void carry(stage, {
    session, about, ...ends(session, held), done,
    work: async (_resume, again) => {
      const { result } = await session.upload(about, file, { what: 'new-disk', sr, name, format, ...(held && { resumable: true }) }, { again, ...(held && { held }) });
      if (result !== undefined) await give(result as Ref<'VDI'>);
    },
  });
};

/** A disc image into a library. */
export const carryIsoIn = (stage: Stage, session: Session, { file, sr, made }: { file: LocalFile; sr: Ref<'SR'>; made?: (vdi: Ref<'VDI'>) => void }): Promise<void> => {
  const about = { verb: 'upload', subject: file.name };
  return carry(stage, rawJob(session, { file, sr, name: file.name, isIso: true }, about, vdi => { made?.(vdi); return Promise.resolve(); }, () => ({ words: `Uploaded “${file.name}”`, about: { session, cls: 'SR', ref: sr } })));
};

const rawJob = (session: Session, { file, sr, name, isIso }: { file: LocalFile; sr: Ref<'SR'>; name: string; isIso: boolean }, about: About, give: (vdi: Ref<'VDI'>) => Promise<void>, done: Job<void>['done']): Job<void> => {
  let vdi: Ref<'VDI'> | undefined;
  const resumes = !isIso && hasPlugin(session), held = isIso ? heldBy(session) : undefined;
  return {
    session, about, done,
    goesOn: failure => waits(session, held, failure) || (resumes && vdi !== undefined && (brokeOff(failure) || (failure.kind === 'refused' && failure.code === 'IMPORT_ERROR_PREMATURE_EOF'))),
    drop: async () => {
      if (held) await session.giveUpHeld(held);
      const gone = vdi;
      vdi = undefined;
      if (gone !== undefined) await session.call('VDI.destroy', gone).catch((error: unknown) => { if (!isGone(error)) throw error; });
    },
    work: async (resume, again) => {
      if (file.sizeBytes === 0) throw new CallFailed({ kind: 'file', reason: 'empty' });
      vdi ??= await session.call('VDI.create', newVdi({ SR: sr, name_label: name, virtual_size: Math.ceil(file.sizeBytes / SECTOR_BYTES) * SECTOR_BYTES }));
      const fromByte = resume && resumes ? Number((await session.call('VDI.get_other_config', vdi))[OFFSET_KEY] ?? 0) : 0;
      await session.upload({ ...about, subjectRef: vdi }, file, { what: 'into-disk', vdi, ...(resumes && { fromByte }), ...(held && { resumable: true }) }, { again, ...(held && { held }) });
      await give(vdi);
    },
  };
};
