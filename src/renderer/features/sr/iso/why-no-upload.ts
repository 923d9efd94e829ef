import { whyNotOffered } from '../../../parts/actions/offered';
import { isIsoLibrary } from '../../../parts/sr/places';
import type { SrTarget } from '../sr-target';

export const whyNoUpload = ({ session, ref }: Pick<SrTarget, 'session' | 'ref'>): string | undefined => {
  const sr = session.records.get('SR', ref);
  if (sr && !isIsoLibrary(sr)) return 'Only an ISO library takes disc images.';
  return whyNotOffered(session, sr, 'vdi_create', 'The host does not take new images here now.', 'http/put_import_raw_vdi');
};
