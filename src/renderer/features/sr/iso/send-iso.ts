import type { Ref } from '../../../../shared/api';
import { CallFailed, failureOf, type LocalFile, type Session } from '../../../api';
import { whyNotOffered } from '../../../parts/actions/offered';
import { isIsoLibrary } from '../../../parts/sr/places';
import { newVdi } from '../../../parts/sr/new-vdi';
import type { SrTarget } from '../sr-target';

/* A disc image from this computer: an empty VDI, then its bytes; what came to nothing is taken away again. */

const SECTOR_BYTES = 512;

export const whyNoUpload = ({ session, ref }: Pick<SrTarget, 'session' | 'ref'>): string | undefined => {
  const sr = session.records.get('SR', ref);
  if (sr && !isIsoLibrary(sr)) return 'Only an ISO library takes disc images.';
  return whyNotOffered(session, sr, 'vdi_create', 'The host does not take new images here now.');
};

export const sendIso = async (session: Session, sr: Ref<'SR'>, file: LocalFile, signal: AbortSignal): Promise<Ref<'VDI'>> => {
  if (file.sizeBytes === 0) throw new CallFailed({ kind: 'file', reason: 'it is empty' });
  if (signal.aborted) throw new CallFailed({ kind: 'aborted' });
  const virtual_size = Math.ceil(file.sizeBytes / SECTOR_BYTES) * SECTOR_BYTES;
  const vdi = await session.call('VDI.create', newVdi({ SR: sr, name_label: file.name, virtual_size }));
  try {
    await session.upload({ verb: 'upload', subject: file.name, subjectRef: vdi }, signal, file, vdi);
    return vdi;
  } catch (error) {
    const undo = await session.call('VDI.destroy', vdi).then(() => undefined, failureOf);
    throw undo && !(undo.kind === 'refused' && undo.code === 'HANDLE_INVALID') ? new CallFailed({ kind: 'half-made', name: file.name, cause: failureOf(error), undo }) : error;
  }
};
