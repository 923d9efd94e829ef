import type { Ref, VDIRecord, VMRecord } from '../../../shared/api';
import type { DownloadWish, ExportFormat, LocalFile, Session } from '../../api';
import type { Stage } from '../actions/action';
import { hasPlugin } from '../host/plugin';
import { brokeOff, carry } from './carry';

/* Into a file of this computer. */

export type VmWish = Omit<DownloadWish & { what: 'vm' }, 'what' | 'vm'>;

/** Our hosts make the same bytes again, and go on where they are; else they begin anew. */
export const carryVmOut = (stage: Stage, session: Session, { ref, record, file, wish }: { ref: Ref<'VM'>; record: VMRecord; file: LocalFile; wish: VmWish }): void => {
  out(stage, session, { name: record.name_label, ref, file, wish: { what: 'vm', vm: ref, ...wish }, resumes: hasPlugin(session) });
};

/** The same bytes again, as long as nobody has written the disk. */
export const carryDiskOut = (stage: Stage, session: Session, { ref, record, file, format }: { ref: Ref<'VDI'>; record: VDIRecord; file: LocalFile; format: ExportFormat }): void => {
  out(stage, session, { name: record.name_label || 'unnamed disk', ref, file, wish: { what: 'disk', vdi: ref, format }, resumes: true });
};

const out = (stage: Stage, session: Session, { name, ref, file, wish, resumes }: { name: string; ref: string; file: LocalFile; wish: DownloadWish; resumes: boolean }): void => {
  const about = { verb: 'export', subject: name, subjectRef: ref };
  void carry(stage, {
    session, about,
    work: (resume, again) => session.download(about, file, wish, { resume, again }),
    goesOn: failure => resumes && (brokeOff(failure) || failure.kind === 'file'),
    drop: () => session.giveUp(file),
    done: () => ({ words: `Exported “${name}” to ${file.name}` }),
  });
};
