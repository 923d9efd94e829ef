import { ApiError, type Ref } from '../../../../shared/api';
import type { InstallDistro, InstallSource } from '../../../guests/contract';
import type { Desk } from '../../desk';
import { argument, type PluginFunction } from '../../host/plugin-function';
import { assertFeature } from '../../licence/gates';
import { dropSecrets, dropUnusedSecrets, hideSecrets, INSTALL_SEED } from '../../secret/secrets';
import { forgetFiles } from './forget';
import { ARCH, assertDistro, CA, DISTRO, RELEASE, REPOSITORY, SEED_SECRET, stateOf, withoutInstall } from './keys';

/* An installation from a network repository, prepared by host.call_plugin. Whoever sets the keys of VM.other_config by hand, as xe users do, needs none of it. */

type Args = Readonly<Record<string, string>>;

export const networkInstallPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({
  /** `install_look {url, distro?, release?, arch?, ca?}` answers an InstallTree as JSON: what is there, what of it was or will be checked, what not. Changes nothing. */
  install_look: async (context, args) => JSON.stringify(await desk.installs.look(sourceOf(args), context.task.signal)),
  /** `install_seed {distro, form}` answers the preseed or kickstart file that is made of the form (InstallForm as JSON). Changes nothing. */
  install_seed: (_context, args) => desk.installs.seed(assertDistro(argument(args, 'distro')), argument(args, 'form')),
  /** `install_set {vm: uuid, url, distro?, release?, arch?, ca?, args?, seed? | form?}`: the VM's next start installs from there. With a form, the tree is looked at for its distro. */
  install_set: async (context, args) => { await setRepository(desk, desk.store.byUuid('VM', argument(args, 'vm')), args, context.task.signal); return ''; },
  /** `install_clear {vm: uuid}`: its next start is an ordinary one. */
  install_clear: async (_context, args) => { await clear(desk, desk.store.byUuid('VM', argument(args, 'vm'))); return ''; },
});

const sourceOf = (args: Args): InstallSource => {
  const { distro = '', release = '', arch = '', ca = '' } = args;
  return { url: argument(args, 'url'), ...(distro === '' ? {} : { distro: assertDistro(distro) }), ...(release === '' ? {} : { release }), ...(arch === '' ? {} : { arch }), ...(ca === '' ? {} : { ca }) };
};

/** @param args as install_set takes them */
export const setRepository = async (desk: Desk, vm: Ref<'VM'>, args: Args, signal: AbortSignal): Promise<void> => {
  const source = sourceOf(args), { form = '', seed: own = '' } = args;
  assertFeature(desk, 'linux_guests');
  if (form !== '' && own !== '') throw new ApiError('INVALID_VALUE', 'seed', 'a form and a file of your own exclude each other');
  assertIdle(desk, vm);
  const distro: InstallDistro | undefined = source.distro ?? (form === '' ? undefined : (await desk.installs.look(source, signal)).distro);
  const seed = form === '' || distro === undefined ? own : desk.installs.seed(distro, form);
  const { config, made } = hideSecrets(desk, { secretKeys: [INSTALL_SEED] }, seed === '' ? {} : { [INSTALL_SEED]: seed });
  const before = desk.store.get('VM', vm).other_config[SEED_SECRET];
  try {
    assertIdle(desk, vm);
    desk.store.transaction(tx => {
      const { [DISTRO]: _distro, [RELEASE]: _release, [ARCH]: _arch, ...rest } = withoutInstall(tx.get('VM', vm).other_config);
      const { url, release, arch, ca } = source;
      tx.set('VM', vm, {
        other_config: { ...rest, [REPOSITORY]: url, ...(distro ? { [DISTRO]: distro } : {}), ...(release === undefined ? {} : { [RELEASE]: release }), ...(arch === undefined ? {} : { [ARCH]: arch }), ...(ca === undefined ? {} : { [CA]: ca }), ...config },
        ...(args['args'] === undefined ? {} : { PV_args: args['args'] }),
      });
    });
  } catch (error) { dropSecrets(desk, made); throw error; }
  if (before !== undefined) dropUnusedSecrets(desk, { [SEED_SECRET]: before });
};

const clear = async (desk: Desk, vm: Ref<'VM'>): Promise<void> => {
  assertIdle(desk, vm);
  const { other_config, uuid } = desk.store.get('VM', vm);
  desk.store.transaction(tx => { tx.set('VM', vm, { other_config: withoutInstall(other_config) }); });
  if (other_config[SEED_SECRET] !== undefined) dropUnusedSecrets(desk, { [SEED_SECRET]: other_config[SEED_SECRET] });
  await forgetFiles(desk, uuid);
};

/** What an installer runs on is not changed behind its back. */
const assertIdle = (desk: Desk, vm: Ref<'VM'>): void => {
  const record = desk.store.get('VM', vm), state = stateOf(record);
  if (record.power_state !== 'Halted' && (state === 'starting' || state === 'installing')) throw new ApiError('VM_BAD_POWER_STATE', vm, 'halted', record.power_state.toLowerCase());
  const [busy] = Object.entries(record.current_operations);
  if (busy) throw new ApiError('OTHER_OPERATION_IN_PROGRESS', 'VM', vm, busy[1], busy[0]);
};
