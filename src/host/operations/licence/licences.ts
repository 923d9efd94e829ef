import { ApiError } from '../../../shared/api';
import { EDITION_NAMES, isEdition, mayApply } from '../../../shared/rules/editions';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { theHost } from '../vm/power';
import { LicenceProblem, readLicence } from './read';
import { keepLicence, keptLicence, noteTime, problemNow, settleEdition, standingOf, warnOfEnd } from './standing';

/* A licence comes and goes while everything runs: what changes are records. One that would not count is refused, and what was there before stays. */

export const licences = (desk: Desk): Handlers => ({
  'host.license_add': (_context, host, contents) => { desk.store.get('host', host); addLicence(desk, contents); },
  'host.license_remove': (_context, host) => {
    desk.store.get('host', host);
    keepLicence(desk, undefined);
    settleEdition(desk);
  },
  'host.apply_edition': (_context, host, edition) => { desk.store.get('host', host); applyEdition(desk, edition); },
  'pool.apply_edition': (_context, pool, edition) => { desk.store.get('pool', pool); applyEdition(desk, edition); },
  'pool.get_license_state': (_context, pool) => {
    desk.store.get('pool', pool);
    const { edition, license_params } = desk.store.get('host', theHost(desk.store));
    return { edition, expiry: standingOf(desk).licence?.expires === 'never' || !keptLicence(desk) ? 'never' : license_params['expiry'] ?? 'never' };
  },
});

export const addLicence = (desk: Desk, contents: string): void => {
  try {
    const licence = readLicence(contents, desk.licenceKeys), problem = problemNow(desk, licence);
    if (problem) throw problem;
  } catch (error) { throw error instanceof LicenceProblem ? toApiError(error) : error; }
  keepLicence(desk, { file: contents });
  noteTime(desk, 0);
  warnOfEnd(desk, settleEdition(desk));
};

/** What is kept already is not offered again: somebody may have chosen another edition since. */
export const offerLicence = (desk: Desk, contents: string): void => {
  if (keptLicence(desk)?.file === contents) return;
  try { addLicence(desk, contents); } catch (error) { desk.log.error('the licence given at the start is not taken', { why: messageOf(error) }); }
};

/** Up to what the licence is for; Express always. */
const applyEdition = (desk: Desk, edition: string): void => {
  if (!isEdition(edition)) throw new ApiError('INVALID_EDITION', edition);
  const kept = keptLicence(desk), { licence, problem } = standingOf(desk);
  if (problem && edition !== 'express') throw toApiError(new LicenceProblem(problem.fault, problem.words));
  if (!mayApply(edition, licence?.edition ?? 'express')) throw new ApiError('LICENSE_CHECKOUT_ERROR', 'no-licence', `This host has no licence for the ${EDITION_NAMES[edition]} edition: add one first.`);
  if (kept) keepLicence(desk, { file: kept.file, chosen: edition });
  settleEdition(desk);
};

const toApiError = ({ fault, message }: LicenceProblem): ApiError => (fault === 'expired' ? new ApiError('LICENSE_EXPIRED') : new ApiError('LICENSE_CHECKOUT_ERROR', fault, message));
