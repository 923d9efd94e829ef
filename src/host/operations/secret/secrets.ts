import { randomUUID } from 'node:crypto';
import { ApiError, type Ref } from '../../../shared/api';
import type { StorageDriver } from '../../storage/contract';
import type { CallContext, Handlers } from '../contract';
import type { Desk } from '../desk';
import { SECRET_KEYS } from '../notify/settings';
import { roleAllows } from '../session/roles';

/* What the host needs itself and shows nobody: passwords (of a share, of an iSCSI target), the answers for an installer. The record of a secret never holds its value, so that no event and no list
 * of records carries it; a device_config names a secret by `<key>_secret`: its uuid. */

type Config = Readonly<Record<string, string>>;

/** The answers for an installer are the longest. */
const SECRET_MAX_CHARS = 64 * 1024;
/** A secret that the host made goes with the PBD or the VM that it was made for. */
const MADE_FOR = 'made-for';

export const secrets = (desk: Desk): Handlers => ({
  'secret.create': (_context, args) => createSecret(desk, args.value, args.other_config ?? {}),
  'secret.introduce': (_context, uuid, value, other_config) => {
    if (!UUID.test(uuid)) throw new ApiError('UUID_INVALID', 'secret', uuid);
    if (find(desk, uuid) !== undefined) throw new ApiError('INVALID_VALUE', 'uuid', uuid);
    return createSecret(desk, value, other_config, uuid);
  },
  'secret.destroy': (_context, self) => {
    const { uuid } = desk.store.get('secret', self);
    if (users(desk, uuid).length > 0) throw new ApiError('OPERATION_NOT_ALLOWED', 'a storage repository, a VM or a setting of the pool needs this secret');
    destroySecret(desk, self);
  },
  'secret.get_value': (context, self) => { mayRead(context); return valueOf(desk, desk.store.get('secret', self).uuid); },
  'secret.set_value': (_context, self, value) => { assertValue(value); desk.store.setSetting(place(desk.store.get('secret', self).uuid), value); desk.store.transaction(tx => { tx.touch('secret', self); }); },
});
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What arrived in clear becomes secrets; what names one is checked. `made` are the new ones. */
export const hideSecrets = (desk: Desk, { secretKeys = [] }: Pick<StorageDriver, 'secretKeys'>, given: Config): { config: Config; made: Ref<'secret'>[] } => {
  const config: Record<string, string> = { ...given }, made: Ref<'secret'>[] = [];
  for (const key of secretKeys) {
    const { [key]: value, [`${key}_secret`]: uuid } = config;
    delete config[key];
    if (value !== undefined && value !== '') {
      const ref = createSecret(desk, value, { [MADE_FOR]: 'device_config' });
      made.push(ref);
      config[`${key}_secret`] = desk.store.get('secret', ref).uuid;
    } else if (uuid !== undefined && find(desk, uuid) === undefined) {
      dropSecrets(desk, made);
      throw new ApiError('UUID_INVALID', 'secret', uuid);
    }
  }
  return { config, made };
};

/** With the values, as a driver wants it. */
export const showSecrets = (desk: Desk, { secretKeys = [] }: Pick<StorageDriver, 'secretKeys'>, stored: Config): Config => {
  const config: Record<string, string> = { ...stored };
  for (const key of secretKeys) {
    const uuid = config[`${key}_secret`];
    if (uuid === undefined) continue;
    delete config[`${key}_secret`];
    if (find(desk, uuid) === undefined) throw new ApiError('UUID_INVALID', 'secret', uuid);
    config[key] = valueOf(desk, uuid);
  }
  return config;
};

/** After a PBD went: the secrets that were made for it and nobody else names. */
export const dropUnusedSecrets = (desk: Desk, config: Config): void => {
  const refs = Object.entries(config).filter(([key]) => key.endsWith('_secret')).flatMap(([, uuid]) => {
    const ref = find(desk, uuid);
    return ref !== undefined && desk.store.get('secret', ref).other_config[MADE_FOR] !== undefined && users(desk, uuid).length === 0 ? [ref] : [];
  });
  dropSecrets(desk, refs);
};

/** At the start: those that a crash left between their making and the PBD that was to name them. */
export const dropOrphanSecrets = (desk: Desk): void =>
  dropSecrets(desk, [...desk.store.all('secret')].filter(([, { uuid, other_config }]) => other_config[MADE_FOR] !== undefined && users(desk, uuid).length === 0).map(([ref]) => ref));

export const dropSecrets = (desk: Desk, refs: readonly Ref<'secret'>[]): void => { for (const ref of refs) destroySecret(desk, ref); };

const createSecret = (desk: Desk, value: string, other_config: Config, uuid: string = randomUUID()): Ref<'secret'> => {
  assertValue(value);
  desk.store.setSetting(place(uuid), value); // first: a secret without a value would be worse than a value without a secret
  return desk.store.transaction(tx => tx.create('secret', { uuid, value: '', other_config }));
};
const destroySecret = (desk: Desk, ref: Ref<'secret'>): void => {
  const record = desk.store.find('secret', ref);
  if (!record) return;
  desk.store.transaction(tx => { tx.destroy('secret', ref); });
  desk.store.setSetting(place(record.uuid), '');
};

/** For the host's own use. Undefined: there is none. */
export const revealSecret = (desk: Desk, uuid: string): string | undefined => (find(desk, uuid) === undefined ? undefined : valueOf(desk, uuid));

const find = (desk: Desk, uuid: string): Ref<'secret'> | undefined => [...desk.store.all('secret')].find(([, secret]) => secret.uuid === uuid)?.[0];
const users = (desk: Desk, uuid: string): string[] => [
  ...[...desk.store.all('PBD')].filter(([, pbd]) => Object.values(pbd.device_config).includes(uuid)).map(([ref]) => ref),
  ...[...desk.store.all('pool')].filter(([, pool]) => SECRET_KEYS.some(key => pool.other_config[key] === uuid)).map(([ref]) => ref),
  ...[...desk.store.all('VM')].filter(([, vm]) => vm.other_config[`${INSTALL_SEED}_secret`] === uuid).map(([ref]) => ref),
];
/** Of a VM.other_config: the answers for its installer (vm/installer/keys.ts). */
export const INSTALL_SEED = 'install-seed';
const valueOf = (desk: Desk, uuid: string): string => desk.store.setting(place(uuid)) ?? '';
const place = (uuid: string): string => `secret.${uuid}`;
const assertValue = (value: string): void => { if (value.length > SECRET_MAX_CHARS || value.includes('\0')) throw new ApiError('INVALID_VALUE', 'value', `at most ${SECRET_MAX_CHARS} characters`); };
const mayRead = ({ caller }: CallContext): void => { if (!roleAllows(caller.role, 'pool-admin')) throw new ApiError('RBAC_PERMISSION_DENIED', 'secret.get_value', 'the role pool-admin is needed'); };
