import { EDITION_NAMES, EDITIONS, mayApply, restrictionsOf, type Edition } from '../../../shared/rules/editions';
import type { Records } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { writeMessage } from '../message/write-message';
import { theHost } from '../vm/power';
import { LicenceProblem, problemOf, readLicence, type Licence, type LicenceFault } from './read';

/* Which edition this host is, now. The file as it was given is kept in one setting and judged anew at every start and every minute; the records (host.edition,
 * host.license_params, pool.restrictions) only tell the outcome, so that a crash between the two is mended by the next look. A licence that does not count makes the host
 * an Express one, with a message; nothing that runs is touched. */

const KEPT = 'licence', SEEN = 'licence.seen', WARNED = 'licence.warned';
/** `chosen`: an edition below the licensed one that somebody wants. */
interface Kept { file: string; chosen?: Edition }
/** The latest time seen under the licence of that serial number; a new licence begins anew. */
interface Seen { serial: string; ms: number }

export const keptLicence = (desk: Desk): Kept | undefined => { const text = desk.store.setting(KEPT); return text === undefined || text === '' ? undefined : JSON.parse(text) as Kept; };
export const keepLicence = (desk: Desk, kept: Kept | undefined): void => { desk.store.setSetting(KEPT, kept ? JSON.stringify(kept) : ''); };

export interface Standing { edition: Edition; licence?: Licence; problem?: { fault: LicenceFault; words: string } }

export const standingOf = (desk: Desk): Standing => {
  const kept = keptLicence(desk);
  if (!kept) return { edition: 'express' };
  let licence: Licence | undefined;
  try {
    licence = readLicence(kept.file, desk.licenceKeys);
    const problem = problemNow(desk, licence);
    if (problem) throw problem;
  } catch (error) {
    if (!(error instanceof LicenceProblem)) throw error;
    return { edition: 'express', problem: { fault: error.fault, words: error.message }, ...(licence && { licence }) };
  }
  return { edition: kept.chosen !== undefined && mayApply(kept.chosen, licence.edition) ? kept.chosen : licence.edition, licence };
};

export const problemNow = (desk: Desk, licence: Licence): LicenceProblem | undefined =>
  problemOf(licence, { host: desk.store.get('host', theHost(desk.store)).uuid, ms: desk.now(), seenMs: seenUnder(desk, licence) });
const seenUnder = (desk: Desk, { serial }: Licence): number => {
  const seen = JSON.parse(desk.store.setting(SEEN) ?? '{}') as Partial<Seen>;
  return seen.serial === serial ? seen.ms ?? 0 : 0;
};
/** Time goes on also while the clock stands still or is behind: by what the machine counts itself. */
export const noteTime = (desk: Desk, elapsedMs: number): void => {
  const { licence } = standingOf(desk);
  if (!licence) return;
  const before = seenUnder(desk, licence), ms = Math.max(desk.now(), before === 0 ? 0 : before + elapsedMs);
  desk.store.setSetting(SEEN, JSON.stringify({ serial: licence.serial, ms } satisfies Seen), false);
};

/** Judges, and tells by the records and a message what is new. */
export const settleEdition = (desk: Desk): Standing => {
  const standing = standingOf(desk), host = theHost(desk.store), before = desk.store.get('host', host);
  const license_params = paramsOf(standing), restrictions = restrictionsOf(standing.edition);
  if (before.edition === standing.edition && same(before.license_params, license_params) && before.editions.length === EDITIONS.length && [...desk.store.all('pool').values()].every(pool => same(pool.restrictions, restrictions))) return standing;
  desk.store.transaction(tx => {
    tx.set('host', host, { edition: standing.edition, license_params, editions: [...EDITIONS] });
    for (const pool of tx.all('pool').keys()) tx.set('pool', pool, { restrictions });
    tellProblem(desk, tx, before, standing);
  });
  desk.log.info('edition', { edition: standing.edition, ...(standing.licence && { serial: standing.licence.serial, key: standing.licence.key }), ...(standing.problem && { why: standing.problem.words }) });
  return standing;
};

const NEVER = '20991231T00:00:00Z';
const paramsOf = ({ edition, licence, problem }: Standing): Readonly<Record<string, string>> => ({
  ...restrictionsOf(edition), sku_type: edition, sku_marketing_name: EDITION_NAMES[edition], edition, grace: 'no', regular_nag_dialog: 'false', productcode: '', address1: '',
  expiry: !licence || licence.expires === 'never' ? NEVER : datetime(licence.expires), serialnumber: licence?.serial ?? '', name: licence?.issued_to.name ?? '', company: licence?.issued_to.company ?? '',
  licensed_edition: licence?.edition ?? '', licence_key: licence?.key ?? '', licence_problem: problem?.fault ?? '', licence_message: problem?.words ?? '',
});

/** XenServer's names, which its clients know. */
const messageNameOf = (fault: string): string => (fault === 'expired' ? 'LICENSE_EXPIRED' : 'LICENSE_NOT_AVAILABLE');
const LICENCE_MESSAGES: ReadonlySet<string> = new Set(['LICENSE_EXPIRED', 'LICENSE_NOT_AVAILABLE', 'LICENSE_EXPIRES_SOON']);

/** Said once, when it becomes so; when all is well again, it is taken back. */
const tellProblem = (desk: Desk, tx: Transaction, before: Readonly<Records['host']>, { problem, licence }: Standing): void => {
  if (problem && before.license_params['licence_problem'] !== problem.fault) {
    writeMessage(tx, desk.now(), { name: messageNameOf(problem.fault), priority: 2, cls: 'Host', uuid: before.uuid, body: `${problem.words} This host is an Express edition until it has a licence that counts. Nothing was stopped.` });
  }
  const isOther = before.license_params['serialnumber'] !== (licence?.serial ?? '');
  if (problem || (before.license_params['licence_problem'] ?? '') === '' && !isOther) return;
  for (const [ref, { name, obj_uuid }] of [...tx.all('message')]) if (LICENCE_MESSAGES.has(name) && obj_uuid === before.uuid) tx.destroy('message', ref);
};

const DAY_MS = 24 * 3_600_000;
/** Days before the end, at which somebody is told. */
const WARN_DAYS = [1, 7, 30] as const;

export const warnOfEnd = (desk: Desk, { licence, problem }: Standing): void => {
  if (!licence || problem || licence.expires === 'never') return;
  const leftDays = (licence.expires - desk.now()) / DAY_MS, step = WARN_DAYS.find(days => leftDays <= days), said = `${licence.serial} ${licence.expires} ${step ?? ''}`;
  if (step === undefined || desk.store.setting(WARNED) === said) return;
  const { uuid } = desk.store.get('host', theHost(desk.store));
  desk.store.transaction(tx => { writeMessage(tx, desk.now(), { name: 'LICENSE_EXPIRES_SOON', priority: 3, cls: 'Host', uuid, body: `The ${EDITION_NAMES[licence.edition]} licence expires on ${new Date(licence.expires).toISOString().slice(0, 10)}. Then this host becomes an Express edition; nothing stops.` }); });
  desk.store.setSetting(WARNED, said);
};

const same = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean => Object.keys(a).length === Object.keys(b).length && Object.entries(b).every(([key, value]) => a[key] === value);
