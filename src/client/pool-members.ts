/* Members of a pool to which a host sends us: their certificates are told by the host, over the connection that is trusted already. */
import { X509Certificate } from 'node:crypto';
import { Elsewhere, HostSilent } from '../connection/errors';
import { isNull, type HostRecord, type PoolRecord, type Ref } from '../shared/api';
import { addressText, parseAddress } from './address';
import type { PinnedTarget } from './tls';

/** Of a client, what is needed. */
export interface PoolCalls {
  call(method: 'pool.get_all_records'): Promise<Readonly<Record<string, PoolRecord>>>;
  call(method: 'host.get_all_records'): Promise<Readonly<Record<string, HostRecord>>>;
  call(method: 'host.get_server_certificate', host: Ref<'host'>): Promise<string>;
}

export const certificateOf = async (pool: PoolCalls, host: Ref<'host'>): Promise<string> =>
  new X509Certificate(await pool.call('host.get_server_certificate', host)).fingerprint256;

/** Where `host` is to be asked itself; undefined: there, where the session is. */
export const memberTarget = async (pool: PoolCalls, host: Ref<'host'>): Promise<PinnedTarget | undefined> => {
  if (isNull(host) || Object.values(await pool.call('pool.get_all_records')).some(({ master }) => master === host)) return undefined;
  const address = (await pool.call('host.get_all_records'))[host]?.address ?? '', parsed = parseAddress(address);
  if (!parsed) throw new HostSilent('bad-address', address);
  return { ...parsed, fingerprint: await certificateOf(pool, host) };
};

/** Does `ask`, and does it once more where the host sends us: only to a member of its own pool, and only with what we asked here. */
export const following = async <T>(pool: PoolCalls, first: PinnedTarget, ask: (target: PinnedTarget) => Promise<T>): Promise<T> => {
  try { return await ask(first); } catch (error) {
    if (!(error instanceof Elsewhere)) throw error;
    return ask(await memberAt(pool, error));
  }
};

const memberAt = async (pool: PoolCalls, elsewhere: Elsewhere): Promise<PinnedTarget> => {
  const address = /^https:\/\//i.test(elsewhere.location) ? parseAddress(elsewhere.location) : undefined;
  if (!address) throw elsewhere;
  const hosts = Object.entries(await pool.call('host.get_all_records'));
  const member = hosts.find(([, host]) => { const at = parseAddress(host.address); return at !== undefined && addressText(at) === addressText(address); });
  if (!member) throw new HostSilent('certificate-untrusted', elsewhere.location);
  return { ...address, fingerprint: await certificateOf(pool, member[0] as Ref<'host'>) };
};
