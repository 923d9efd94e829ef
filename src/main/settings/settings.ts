/* What the console remembers: hosts with the certificates that were trusted, passwords that were to be kept, where the
 * window stood, and what a person prefers. */
import type { TrustedHost } from '../../client';
import { PREFERENCES, type KnownHost, type Preferences } from '../../shared/ipc';
import type { Secrets } from './secrets';
import { HOSTS_MAX, type SettingsContent, type SettingsFile, type StoredHost, type WindowPlace } from './content';

/** The hosts that xe knows, too. */
export interface SharedHosts { read(): ReadonlyMap<string, TrustedHost>; remember(address: string, host: TrustedHost | undefined): void }
const NOTHING_SHARED: SharedHosts = { read: () => new Map(), remember: () => undefined };

export class Settings {
  readonly secrets: Secrets;
  readonly #file: SettingsFile;
  readonly #shared: SharedHosts;
  #content: SettingsContent;

  constructor(file: SettingsFile, secrets: Secrets, shared = NOTHING_SHARED) {
    this.#file = file;
    this.#shared = shared;
    this.#content = file.content;
    this.secrets = secrets;
  }

  /** The one used last comes first; those that xe came to know among them. What is shared is what is trusted now. */
  knownHosts(): KnownHost[] {
    const own = new Map(this.#content.hosts.map(host => [host.address, host]));
    for (const [address, { fingerprint, user = 'root', lastUsed = '' }] of this.#shared.read()) own.set(address, { ...(own.get(address) ?? { address, user, lastUsed }), fingerprint });
    return [...own.values()].sort((a, b) => b.lastUsed.localeCompare(a.lastUsed))
      .map(({ sealed, ...host }) => ({ ...host, passwordKept: sealed !== undefined && this.secrets.areSafe }));
  }
  fingerprintOf(address: string): string | undefined { return this.#shared.read().get(address)?.fingerprint ?? this.#find(address)?.fingerprint; }
  passwordOf(address: string, user: string): string | undefined {
    const host = this.#find(address);
    return host?.user === user && host.sealed !== undefined ? this.secrets.open(host.sealed) : undefined;
  }

  /** After a login: the certificate is trusted from now on. `password`: keep it; undefined: what was kept is thrown away. */
  remember(host: Omit<StoredHost, 'sealed'>, password: string | undefined): void {
    const sealed = password === undefined ? undefined : this.secrets.seal(password);
    this.#shared.remember(host.address, { fingerprint: host.fingerprint, user: host.user, lastUsed: host.lastUsed });
    const others = this.#content.hosts.filter(known => known.address !== host.address)
      .sort((a, b) => b.lastUsed.localeCompare(a.lastUsed)).slice(0, HOSTS_MAX - 1);
    const alone = this.#find(host.address)?.alone;
    this.#write({ ...this.#content, hosts: [{ ...host, ...(sealed === undefined ? {} : { sealed }), ...(alone !== undefined && { alone }) }, ...others] });
  }
  /** What its edition says, once it has told; only of a host that is remembered. */
  noteAlone(address: string, alone: boolean): void {
    const host = this.#find(address);
    if (host && (host.alone ?? false) !== alone) this.#write({ ...this.#content, hosts: this.#content.hosts.map(known => (known === host ? { ...known, alone } : known)) });
  }
  /** Its fingerprint and its password are gone, too. */
  forget(address: string): void { this.#shared.remember(address, undefined); this.#write({ ...this.#content, hosts: this.#content.hosts.filter(known => known.address !== address) }); }

  get windowPlace(): WindowPlace | undefined { return this.#content.window; }
  rememberWindow(window: WindowPlace): void { this.#write({ ...this.#content, window }); }

  get preferences(): Preferences { return this.#content.preferences ?? PREFERENCES; }
  prefer(preferences: Preferences): void { this.#write({ ...this.#content, preferences }); }

  #find(address: string): StoredHost | undefined { return this.#content.hosts.find(known => known.address === address); }
  #write(content: SettingsContent): void {
    this.#content = content;
    try { this.#file.write(content); } catch (error) { console.error(`settings: cannot write: ${error instanceof Error ? error.message : String(error)}`); }
  }
}
