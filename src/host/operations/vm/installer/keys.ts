import { ApiError, type Records, type Ref } from '../../../../shared/api';
import type { InstallDistro, InstallSource } from '../../../guests/contract';
import type { Transaction } from '../../../store/contract';
import { INSTALL_SEED } from '../../secret/secrets';

/* An installation from a network repository, as VM.other_config tells of it. The keys are XenServer's (its eliloader reads them), and a few of our own: where it stands, the CA, and the
 * secret with the answers. A VM with `install-repository` and no `install-state` boots the installer at its next start - once: from then on it is its disk that boots. */

type Config = Readonly<Record<string, string>>;

export const REPOSITORY = 'install-repository', DISTRO = 'install-distro', RELEASE = 'debian-release', ARCH = 'install-arch', CA = 'install-ca', STATE = 'install-state', FROM = 'installed-from';
/** As secret/secrets.ts hides it: the record names a secret. */
export const SEED_SECRET = `${INSTALL_SEED}_secret`;

/**
 * `starting`: the installer's kernel is being started. `installing`: it runs. `ended`: the guest is done, and its disk boots next. `interrupted`: the machine went without the guest's doing;
 * its disk boots next, for nobody knows what is on it.
 */
export type InstallState = 'starting' | 'installing' | 'ended' | 'interrupted';

export const stateOf = ({ other_config }: Pick<Records['VM'], 'other_config'>): InstallState | undefined => {
  const state = other_config[STATE];
  return state === 'starting' || state === 'installing' || state === 'ended' || state === 'interrupted' ? state : undefined;
};

/** Undefined: its next start is an ordinary one. XenServer's `cdrom` means that too: the CD is in a drive. */
export const pendingSource = (vm: Pick<Records['VM'], 'other_config'>): InstallSource | undefined => {
  const { [REPOSITORY]: url = '', [DISTRO]: distro, [RELEASE]: release, [ARCH]: arch, [CA]: ca } = vm.other_config;
  if (url === '' || url === 'cdrom' || vm.other_config[STATE] !== undefined) return undefined;
  return { url, ...(isDistro(distro) ? { distro } : {}), ...filled({ release, arch, ca }) };
};

export const isDistro = (text: string | undefined): text is InstallDistro => text === 'debianlike' || text === 'rhlike';
export const assertDistro = (text: string): InstallDistro => { if (!isDistro(text)) throw new ApiError('INVALID_VALUE', DISTRO, `"${text.slice(0, 100)}" is neither debianlike nor rhlike`); return text; };

export const setState = (tx: Transaction, ref: Ref<'VM'>, state: InstallState | undefined): void => {
  const { [STATE]: _was, ...rest } = tx.get('VM', ref).other_config;
  tx.set('VM', ref, { other_config: state === undefined ? rest : { ...rest, [STATE]: state } });
};

/** It is over, or was given up. What the system is stays: `install-distro`, `debian-release`. */
export const withoutInstall = ({ [REPOSITORY]: _url, [CA]: _ca, [STATE]: _state, [SEED_SECRET]: _seed, ...rest }: Config): Config => rest;

const filled = <K extends string>(values: Readonly<Record<K, string | undefined>>): Partial<Record<K, string>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== '')) as Partial<Record<K, string>>;
