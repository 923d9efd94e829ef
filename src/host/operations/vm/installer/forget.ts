import type { Ref } from '../../../../shared/api';
import type { Desk } from '../../desk';
import { messageOf } from '../../failure';
import { dropUnusedSecrets } from '../../secret/secrets';
import { FROM, REPOSITORY, SEED_SECRET, STATE, withoutInstall } from './keys';

/* What an installation leaves behind when it is over: no files, no secret, and in the record only where the system came from. A crash in between is settled at the next start (settle.ts, and
 * secrets.ts for a secret that nobody names). */

/** The VM has started from its disk: whatever was installed there, the installer is done. */
export const dropInstall = async (desk: Desk, ref: Ref<'VM'>): Promise<void> => {
  const vm = desk.store.find('VM', ref);
  if (vm?.other_config[STATE] === undefined) return;
  const { other_config, uuid } = vm, from = other_config[STATE] === 'ended' ? { [FROM]: other_config[REPOSITORY] ?? '' } : {};
  desk.store.transaction(tx => { tx.set('VM', ref, { other_config: { ...withoutInstall(other_config), ...from } }); });
  await forgetInstall(desk, uuid, other_config);
};

export const forgetInstall = async (desk: Desk, uuid: string, other_config: Readonly<Record<string, string>>): Promise<void> => {
  const { [SEED_SECRET]: seed } = other_config;
  if (seed !== undefined) dropUnusedSecrets(desk, { [SEED_SECRET]: seed });
  await forgetFiles(desk, uuid);
};

export const forgetFiles = async (desk: Desk, uuid: string): Promise<void> => {
  try { await desk.installs.forget(uuid); } catch (error) { desk.log.error('an installer\'s files stay until the next start', { vm: uuid, why: messageOf(error) }); }
};
