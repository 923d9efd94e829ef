import { createPublicKey, verify } from 'node:crypto';
import { EDITION_NAMES, isEdition, type Edition } from '../../../shared/rules/editions';

/* A licence file: JSON, signed with Ed25519 by a key that this product knows, checked without a network.
 *   { "licence": { "serial", "edition", "hosts": "any" | [uuid...], "issued_to": {"name", "company"}, "issued", "expires": time | "never" }, "key": "<name of the key>", "signature": "<base64>" }
 * What is signed is `licence` as JSON.stringify writes it: spaces may change on the way, and nothing else. scripts/licence/sign.mjs makes them. */

export interface Licence {
  serial: string;
  edition: Edition;
  hosts: 'any' | readonly string[];
  issued_to: { name: string; company: string };
  /** Milliseconds since the epoch. */
  issued: number;
  expires: number | 'never';
  /** The name of the key that signed it. */
  key: string;
}
/** Public keys in PEM, by the name that a licence file gives. */
export type LicenceKeys = ReadonlyMap<string, string>;
export type LicenceFault = 'malformed' | 'forged' | 'wrong-host' | 'not-yet' | 'expired' | 'clock';
export class LicenceProblem extends Error {
  readonly fault: LicenceFault;
  constructor(fault: LicenceFault, words: string) { super(words); this.fault = fault; }
}

export const LICENCE_MAX_CHARS = 64 * 1024;
const TEXT_MAX_CHARS = 256, HOSTS_MAX = 1_000;

export const readLicence = (text: string, keys: LicenceKeys): Licence => {
  if (text.length > LICENCE_MAX_CHARS) throw malformed('it is too long');
  const { licence, key, signature } = parsed(text);
  if (typeof key !== 'string' || typeof signature !== 'string') throw malformed('it has no signature');
  const pem = keys.get(key);
  if (pem === undefined) throw new LicenceProblem('forged', key === 'development' ? 'The licence is signed with the development key, which this host does not accept.' : 'The licence is signed with a key that this host does not know.');
  if (!verify(null, Buffer.from(JSON.stringify(licence)), createPublicKey(pem), Buffer.from(signature, 'base64'))) throw new LicenceProblem('forged', 'The signature of the licence does not fit what it says: the file was changed.');
  return { ...fieldsOf(licence as Readonly<Record<string, unknown>>), key };
};

const malformed = (why: string): LicenceProblem => new LicenceProblem('malformed', `This is not a licence file: ${why}.`);

const parsed = (text: string): Partial<Record<'licence' | 'key' | 'signature', unknown>> => {
  // xe of XenServer sends the file in base64.
  const json = text.trimStart().startsWith('{') ? text : Buffer.from(text, 'base64').toString();
  let value: unknown;
  try { value = JSON.parse(json); } catch { throw malformed('it is no JSON'); }
  if (!isObject(value) || !isObject(value['licence'])) throw malformed('it has no "licence"');
  return value;
};
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Signed by us, and still not believed blindly: a slip of the signing tool must not end up in the database. */
const fieldsOf = (licence: Readonly<Record<string, unknown>>): Omit<Licence, 'key'> => {
  const { edition, hosts, issued_to = {}, expires } = licence;
  const textOf = (of: Readonly<Record<string, unknown>>, field: string): string => {
    const value = of[field] ?? '';
    if (typeof value !== 'string' || value.length > TEXT_MAX_CHARS) throw malformed(`its "${field}" is no short text`);
    return value;
  };
  const time = (field: 'issued' | 'expires'): number => {
    const at = Date.parse(textOf(licence, field));
    if (Number.isNaN(at)) throw malformed(`its "${field}" is no time`);
    return at;
  };
  if (typeof edition !== 'string' || !isEdition(edition)) throw malformed('it is for no edition of this product');
  if (hosts !== 'any' && !(Array.isArray(hosts) && hosts.length <= HOSTS_MAX && hosts.every(uuid => typeof uuid === 'string'))) throw malformed('it does not say for which hosts it is');
  if (!isObject(issued_to)) throw malformed('its "issued_to" is no object');
  const serial = textOf(licence, 'serial');
  if (serial === '') throw malformed('it has no serial number');
  return {
    serial, edition, hosts: hosts === 'any' ? 'any' : (hosts as readonly string[]).map(uuid => uuid.toLowerCase()), issued_to: { name: textOf(issued_to, 'name'), company: textOf(issued_to, 'company') },
    issued: time('issued'), expires: expires === 'never' ? 'never' : time('expires'),
  };
};

export interface Now {
  host: string;
  ms: number;
  /** The latest time that this host has seen under this licence. */
  seenMs: number;
}
/** Clocks are put right by hours (a wrong time zone in the firmware), and not by more. */
export const CLOCK_TOLERANCE_MS = 24 * 3_600_000;

/** What keeps a true licence from counting here and now. */
export const problemOf = (licence: Licence, { host, ms, seenMs }: Now): LicenceProblem | undefined => {
  const what = `The ${EDITION_NAMES[licence.edition]} licence`;
  if (licence.hosts !== 'any' && !licence.hosts.includes(host)) return new LicenceProblem('wrong-host', `${what} was made for another host; this one is ${host}.`);
  if (ms < licence.issued - CLOCK_TOLERANCE_MS) return new LicenceProblem('not-yet', `${what} begins on ${day(licence.issued)}, and the clock of this host says ${day(ms)}.`);
  if (ms < seenMs - CLOCK_TOLERANCE_MS) return new LicenceProblem('clock', `The clock of this host was set back: it says ${day(ms)}, and it was ${day(seenMs)} before. Put it right, and the licence counts again.`);
  if (licence.expires !== 'never' && Math.max(ms, seenMs) >= licence.expires) return new LicenceProblem('expired', `${what} expired on ${day(licence.expires)}.`);
  return undefined;
};
const day = (ms: number): string => (Number.isFinite(ms) && Math.abs(ms) < 8e15 ? new Date(ms).toISOString().slice(0, 10) : 'an impossible day');
