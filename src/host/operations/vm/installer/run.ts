import { ApiError, type Records, type Ref } from '../../../../shared/api';
import type { Boot } from '../../../engine/contract';
import type { InstallTree } from '../../../guests/contract';
import type { Transaction } from '../../../store/contract';
import type { Desk } from '../../desk';
import type { Step } from '../../plan';
import { revealSecret } from '../../secret/secrets';
import type { Hardware } from '../hardware';
import { filledVbds } from '../spec';
import { forgetFiles } from './forget';
import { pendingSource, SEED_SECRET, setState, stateOf } from './keys';

/* What is different about the one boot that installs: steps of the plan in ../boot.ts. The state is written before the engine starts, so whatever is killed when, the installer's kernel
 * never boots a second time. */

export interface InstallRun {
  /** Refuses what cannot come to a good end, before anything is fetched. */
  check(hardware: Hardware): void;
  /** Long, and before anything of the VM is taken hold of. */
  fetch: Step;
  /** Right before the engine starts. */
  spend: Step;
  hardware(of: Hardware): Hardware;
  record(tx: Transaction): void;
}

type KernelBoot = Extract<Boot, { by: 'kernel' }>;
const WEIGHT = 60;
/** Both consoles of the host show it; the last one is where the installer asks. */
const CONSOLES = ['console=ttyS0,115200', 'console=tty0'];

/** Undefined: an ordinary start. */
export const installRun = (desk: Desk, ref: Ref<'VM'>, progress: (fraction: number) => void): InstallRun | undefined => {
  const vm = desk.store.get('VM', ref), source = pendingSource(vm);
  if (!source) return undefined;
  let boot: KernelBoot | undefined;
  return {
    check: hardware => { assertInstallable(desk, ref, hardware); },
    fetch: {
      name: 'fetch the installer', weight: WEIGHT,
      do: async signal => {
        const secret = vm.other_config[SEED_SECRET], seed = secret === undefined ? undefined : revealSecret(desk, secret);
        const { kernelPath, initrdPath, tree } = await desk.installs.prepare(vm.uuid, source, { ...(seed === undefined ? {} : { seed }), signal, progress: fraction => progress(fraction * WEIGHT / (WEIGHT + 40)) });
        desk.log.info('installer fetched', { vm: vm.uuid, tree: tree.name, checked: tree.checked, unchecked: tree.unchecked });
        boot = { by: 'kernel', kernelPath, initrdPath, args: argsOf(tree, vm.PV_args) };
        remember(desk, vm.uuid, boot);
      },
      undo: () => forgetFiles(desk, vm.uuid),
    },
    spend: {
      name: 'mark the installer as used', weight: 1,
      do: () => { desk.store.transaction(tx => { setState(tx, ref, 'starting'); }); },
      undo: () => { desk.store.transaction(tx => { setState(tx, ref, undefined); }); },
    },
    hardware: hardware => withKernel(hardware, boot),
    record: tx => { setState(tx, ref, 'installing'); },
  };
};

/** A VM that was suspended while it installed goes on with the same kernel behind it: QEMU wants the same machine. */
export const resumedHardware = (desk: Desk, vm: Readonly<Records['VM']>, hardware: Hardware): Hardware => {
  if (stateOf(vm) !== 'installing') return hardware;
  const boot = recall(desk, vm.uuid);
  if (!boot) throw new ApiError('OPERATION_NOT_ALLOWED', 'the installer that was running here is no longer kept; shut the VM down');
  return withKernel(hardware, boot);
};

const withKernel = (hardware: Hardware, boot: KernelBoot | undefined): Hardware => {
  if (!boot) throw new Error('no installer was fetched');
  return { ...hardware, boot: hardware.boot.by === 'firmware' ? { ...boot, firmware: hardware.boot.firmware } : boot, afterReset: 'end' };
};

/** `---` is Debian's mark for what the installed system gets as well. */
const argsOf = ({ distro, args }: InstallTree, own: string): string => {
  const words = own.trim(), mark = distro === 'debianlike' && !/(^|\s)---?(\s|$)/.test(words);
  return [...args, ...(words === '' ? [] : [words]), ...(mark ? ['---'] : []), ...CONSOLES].join(' ');
};

const assertInstallable = (desk: Desk, ref: Ref<'VM'>, { boot }: Hardware): void => {
  const vm = desk.store.get('VM', ref);
  const no = (why: string): ApiError => new ApiError('BOOTLOADER_FAILED', ref, why);
  if (boot.by === 'kernel') throw no('the installed system is started from its disk, but this VM starts a kernel of the host: give it a BIOS or UEFI first');
  if (boot.secureBoot === true) throw no('an installer\'s kernel from the network cannot be started with secure boot on: switch it off for the installation, or install from an ISO image');
  if (!filledVbds(desk.store, vm).some(([, { type, mode }]) => type === 'Disk' && mode === 'RW')) throw no('there is no disk to install on');
};

const place = (uuid: string): string => `install.boot.${uuid}`;
const remember = (desk: Desk, uuid: string, boot: KernelBoot): void => { desk.store.setSetting(place(uuid), JSON.stringify(boot)); };
const recall = (desk: Desk, uuid: string): KernelBoot | undefined => { const text = desk.store.setting(place(uuid)) ?? ''; return text === '' ? undefined : JSON.parse(text) as KernelBoot; };
