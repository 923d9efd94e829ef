/* What to dial with. From a person's request it stays the same; from a file (a host that makes a new token at each start)
 * it is read anew at each attempt. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { HostSilent, isFingerprint, normalFingerprint, parseAddress, type HostAddress } from '../../client';
import type { ConnectRequest } from '../../shared/ipc';

export interface Credentials { address: HostAddress; user: string; password: string; fingerprint?: string }
export interface CredentialSource {
  /** Tries for ever, from the first attempt on. */
  readonly persistent: boolean;
  /** Rejects with HostSilent. */
  read(): Promise<Credentials>;
}

export const fromRequest = (request: ConnectRequest, password: string, pinOf: (address: HostAddress) => string | undefined): CredentialSource => ({
  persistent: false,
  read: () => {
    const address = parseAddress(request.address);
    if (!address) return Promise.reject(new HostSilent('bad-address', request.address));
    const fingerprint = request.accept ?? pinOf(address);
    return Promise.resolve({ address, user: request.user, password, ...(fingerprint === undefined ? {} : { fingerprint }) });
  },
});

/** `{address, user, tokenFile, fingerprint}`; the token file's path is seen from the file's folder. Neither is ever logged. */
export const fromConnectFile = (file: string): CredentialSource => ({
  persistent: true,
  read: async () => {
    try {
      const { address: addressText, user, tokenFile, fingerprint: given } = JSON.parse(await fs.readFile(file, 'utf8')) as Partial<Record<string, unknown>>;
      if (typeof addressText !== 'string' || typeof user !== 'string' || typeof tokenFile !== 'string' || typeof given !== 'string') throw new Error('incomplete');
      const address = parseAddress(addressText);
      const fingerprint = normalFingerprint(given);
      if (!address || !isFingerprint(fingerprint)) throw new Error('bad address or fingerprint');
      const token = await fs.readFile(path.resolve(path.dirname(file), tokenFile), 'utf8');
      return { address, user, password: token.trim(), fingerprint };
    } catch (error) {
      throw new HostSilent('connect-file', `${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  },
});
