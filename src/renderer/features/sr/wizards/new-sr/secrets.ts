import type { Ref, SecretRecord } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import type { Kind } from './kinds';

/* Passwords on their way to a host: each becomes a secret there, and device_config only names it (`chappassword_secret`). */

export class Secrets {
  readonly #session: Session;
  readonly #made = new Map<string, { ref: Ref<'secret'>; uuid: string }>();

  constructor(session: Session) { this.#session = session; }

  /** The config with `<key>_secret` in place of every password. The same password is made once. */
  async hide(config: Readonly<Record<string, string>>, kind: Kind): Promise<Record<string, string>> {
    const hidden: Record<string, string> = {};
    for (const [key, value] of Object.entries(config)) {
      if (kind.fields.find(field => field.key === key)?.secret !== true) hidden[key] = value;
      else hidden[`${key}_secret`] = await this.#uuidOf(key, value);
    }
    return hidden;
  }

  /** Nothing was made with them. */
  async forget(): Promise<void> {
    const made = [...this.#made.values()];
    this.#made.clear();
    await Promise.all(made.map(({ ref }) => this.#session.call('secret.destroy', ref).catch(() => { /* the host is away: it keeps a secret that nothing names */ })));
  }

  async #uuidOf(key: string, value: string): Promise<string> {
    const id = `${key} ${value}`;
    const known = this.#made.get(id);
    if (known) return known.uuid;
    const ref = await this.#session.call('secret.create', { value, other_config: {} } as Partial<SecretRecord> as SecretRecord);
    const uuid = await this.#session.call('secret.get_uuid', ref);
    this.#made.set(id, { ref, uuid });
    return uuid;
  }
}
