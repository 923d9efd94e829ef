import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ProgramError, runProgram } from '../../platform/run-program';
import { StorageError } from '../contract';

/* What a target tells of itself, asked by libiscsi's tools: no kernel initiator, no rights needed. The password goes by the environment, where other users do not see it. */

export interface Portal { address: string; port: number; user?: string; password?: string; initiator: string }
export interface Lun { number: number; sizeBytes: number; serial: string }

const ANSWER_TIMEOUT_MS = 20_000;
const NAME_FILE = '/etc/iscsi/initiatorname.iscsi';

export const portalOf = ({ address, port }: Pick<Portal, 'address' | 'port'>): string => `${address.includes(':') ? `[${address}]` : address}:${port}`;

/** The name that targets know this host by: the kernel initiator's where there is one, else one that stays the same. */
export const initiatorName = async (): Promise<string> => {
  const given = /^InitiatorName=(\S+)$/m.exec(await readFile(NAME_FILE, 'utf8').catch(() => ''))?.[1];
  if (given !== undefined) return given;
  const machine = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  return `iqn.2026-01.invalid.administrator-console:${createHash('sha256').update(`initiator ${machine}`).digest('hex').slice(0, 12)}`;
};

/** The names of the targets that a portal offers. */
export const listTargets = async (portal: Portal, signal?: AbortSignal): Promise<string[]> =>
  [...(await ask('iscsi-ls', portal, '', signal)).matchAll(/^Target:(\S+) /gm)].map(([, name]) => name!);

/** The disks of one target. */
export const listLuns = async (portal: Portal, target: string, signal?: AbortSignal): Promise<Lun[]> => {
  // The tool looks into every target of the portal, also into those that are not for us: what it says before it stumbles counts, too.
  const said = await ask('iscsi-ls', portal, '', signal, ['-s']).catch((error: unknown) => {
    if (error instanceof LunTrouble && sectionOf(error.said, target)?.includes('Lun:') === true) return error.said;
    throw error;
  });
  const section = sectionOf(said, target);
  if (section === undefined) throw new StorageError('not-found', `${portalOf(portal)} offers no target ${target}`);
  const numbers = [...section.matchAll(/^Lun:(\d+) +Type:DIRECT_ACCESS/gm)].map(([, number]) => Number(number));
  const luns: Lun[] = [];
  for (const number of numbers) {
    const path = `/${target}/${number}`;
    const sizeBytes = Number(await ask('iscsi-readcapacity16', portal, path, signal, ['-s']));
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes <= 0) continue; // a drive without a medium
    const serial = /^Unit Serial Number:\[\s*(.*?)\s*\]/m.exec(await ask('iscsi-inq', portal, path, signal, ['-e', '1', '-c', String(UNIT_SERIAL_NUMBER)]).catch(() => ''))?.[1] ?? '';
    luns.push({ number, sizeBytes, serial });
  }
  return luns;
};
const UNIT_SERIAL_NUMBER = 0x80;

class LunTrouble extends StorageError {
  readonly said: string;
  constructor(kind: StorageError['kind'], detail: string, said: string) { super(kind, detail); this.said = said; }
}

const sectionOf = (said: string, target: string): string | undefined => said.split(/^(?=Target:)/m).find(part => part.startsWith(`Target:${target} `));

const ask = async (tool: string, portal: Portal, path: string, signal: AbortSignal | undefined, options: readonly string[] = []): Promise<string> => {
  const { user, password, initiator } = portal;
  const env = user === undefined ? {} : { LIBISCSI_CHAP_USERNAME: user, LIBISCSI_CHAP_PASSWORD: password ?? '' };
  const asked = await runProgram(tool, [...options, '-i', initiator, `iscsi://${portalOf(portal)}${path}`], { env, timeoutMs: ANSWER_TIMEOUT_MS, ...(signal ? { signal } : {}) })
    .catch((error: unknown) => { throw error instanceof ProgramError ? new StorageError(error.kind === 'missing' ? 'unsupported' : 'io', error.message) : error; });
  if (asked.code === 0) return asked.stdout;
  const said = `${asked.stderr} ${asked.stdout}`.replace(/^(Target|Lun):.*$/gm, '').trim().replace(/\s+/g, ' '); // the tools complain on either
  const why = /Authentication failure/.test(said) ? 'the target does not take this user and password' : /Target not found/.test(said) ? 'there is no such target' : said.slice(0, 300);
  throw new LunTrouble('io', `iSCSI ${portalOf(portal)}: ${why}`, asked.stdout);
};
