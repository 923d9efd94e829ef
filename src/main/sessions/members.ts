/* The other hosts of a pool: their certificates are told by the coordinator, over the connection that is trusted already. */
import { certificateOf, HostSilent, parseAddress, type Client, type PinnedTarget, type RecordCache } from '../../client';
import type { Ref } from '../../shared/api';

export class Members {
  readonly #records: Pick<RecordCache, 'get' | 'all'>;
  readonly #fingerprints = new Map<string, string>();

  constructor(records: Pick<RecordCache, 'get' | 'all'>) { this.#records = records; }

  /** Where to ask the host `ref` itself; undefined: there, where the session is. */
  async targetOf(client: Client, ref: string): Promise<PinnedTarget | undefined> {
    const host = this.#records.get('host', ref);
    const [pool] = this.#records.all('pool').values();
    if (!host || !pool || pool.master === ref || this.#records.all('host').size < 2) return undefined;
    const address = parseAddress(host.address);
    if (!address) throw new HostSilent('bad-address', host.address);
    const key = `${ref} ${host.address}`;
    const fingerprint = this.#fingerprints.get(key) ?? await certificateOf(client, ref as Ref<'host'>);
    this.#fingerprints.set(key, fingerprint);
    return { ...address, fingerprint };
  }
  /** It did not answer: it may have been made anew, with another certificate. */
  forget(ref: string): void { for (const key of this.#fingerprints.keys()) if (key.startsWith(`${ref} `)) this.#fingerprints.delete(key); }
}
