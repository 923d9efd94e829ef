import { isNull, type Ref, type SRRecord } from '../../../shared/api';
import type { Session } from '../../api';
import { POOLS, SRS } from '../lists';

/* Where a new disk can go. */

export const isAttached = (session: Session, sr: SRRecord): boolean => sr.PBDs.some(pbd => session.records.get('PBD', pbd)?.currently_attached === true);
export const isIsoLibrary = (sr: SRRecord): boolean => sr.content_type === 'iso' || sr.type === 'iso';

/** Why no disk can be made on `sr`, in a few words; undefined: it can. */
export const whyNoDisk = (session: Session, sr: SRRecord): string | undefined => {
  if (!isAttached(session, sr)) return 'detached';
  if (isIsoLibrary(sr)) return 'only for ISO images';
  return sr.allowed_operations.includes('vdi_create') ? undefined : 'takes no new disks now';
};

/** All that hold disks; those that cannot take one now are among them, with their reason. */
export const diskPlaces = (session: Session): { ref: Ref<'SR'>; sr: SRRecord; why: string | undefined }[] => session.records.index(SRS).refs.flatMap(ref => {
  const sr = session.records.get('SR', ref);
  return sr && !isIsoLibrary(sr) ? [{ ref: ref as Ref<'SR'>, sr, why: whyNoDisk(session, sr) }] : [];
});

/** The pool's default, when it can take a disk; else the first that can. */
export const firstPlace = (session: Session): Ref<'SR'> | undefined => {
  const wanted = session.records.get('pool', session.records.index(POOLS).refs[0] ?? '')?.default_SR;
  const places = diskPlaces(session).filter(place => place.why === undefined);
  return (places.find(place => !isNull(place.ref) && place.ref === wanted) ?? places[0])?.ref;
};
