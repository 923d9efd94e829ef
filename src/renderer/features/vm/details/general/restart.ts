import type { Records, Ref, VMRecord } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import { bytesText } from '../../../../ui/text';
import { firmwareText, orderText } from '../vm-words';
import { setEntry } from '../vm-field';

/* What is set but counts only after a restart: the difference, and the way back. */

export interface Pending { id: string; what: string; now: string; then: string; revert: (session: Session, vm: Ref<'VM'>) => Promise<unknown> }

const PLATFORM_WORDS: Readonly<Record<string, string>> = {
  'cores-per-socket': 'Cores per socket', videoram: 'Video memory', secureboot: 'Secure boot', vga: 'Graphics card', vtpm: 'TPM', 'device-model': 'Machine type', viridian: 'Hyper-V enlightenments',
};
const BOOT_WORDS = [
  ['order', { what: 'boot order', now: (order: string) => `boots from ${orderText(order)}`, then: orderText }],
  ['firmware', { what: 'firmware', now: firmwareText, then: firmwareText }],
] as const;
const yesNo = (value: string | undefined): string => value ?? 'not set';

/** @param booted The VM as it was when it booted, when the host tells. */
export const pendingOf = (vm: VMRecord, metrics: Records['VM_metrics'] | undefined, booted?: VMRecord): Pending[] => {
  if (vm.power_state === 'Halted') return [];
  return [...vcpus(vm, metrics), ...(booted ? sinceBoot(vm, booted) : [])];
};

/** Where the host does not tell how many run now, nothing is claimed. */
const vcpus = (vm: VMRecord, metrics: Records['VM_metrics'] | undefined): Pending[] => {
  const running = metrics?.VCPUs_number ?? 0;
  if (running < 1 || running === vm.VCPUs_at_startup) return [];
  return [{
    id: 'vcpus', what: 'virtual CPUs', now: vcpuText(running), then: String(vm.VCPUs_at_startup),
    revert: async (session, ref) => {
      if (running > vm.VCPUs_max) await session.call('VM.set_VCPUs_max', ref, running);
      await session.call('VM.set_VCPUs_at_startup', ref, running);
    },
  }];
};
const vcpuText = (count: number): string => `${count} vCPU${count === 1 ? '' : 's'}`;

/** Never more at start than at most, not even for a moment. */
const putBackMost = async (session: Session, ref: Ref<'VM'>, vm: VMRecord, most: number): Promise<void> => {
  if (vm.VCPUs_at_startup > most) await session.call('VM.set_VCPUs_at_startup', ref, most);
  await session.call('VM.set_VCPUs_max', ref, most);
};

const sinceBoot = (vm: VMRecord, booted: VMRecord): Pending[] => {
  const found: Pending[] = [];
  if (vm.VCPUs_max !== booted.VCPUs_max) {
    found.push({ id: 'vcpus-max', what: 'most virtual CPUs', now: `at most ${vcpuText(booted.VCPUs_max)}`, then: String(vm.VCPUs_max), revert: (session, ref) => putBackMost(session, ref, vm, booted.VCPUs_max) });
  }
  if (vm.memory_static_max !== booted.memory_static_max) {
    found.push({
      id: 'memory', what: 'most memory', now: `at most ${bytesText(booted.memory_static_max)}`, then: bytesText(vm.memory_static_max),
      revert: (session, ref) => session.call('VM.set_memory_static_max', ref, booted.memory_static_max),
    });
  }
  for (const [key, words] of BOOT_WORDS) {
    if (vm.HVM_boot_params[key] === booted.HVM_boot_params[key]) continue;
    found.push({
      id: `boot ${key}`, what: words.what, now: words.now(booted.HVM_boot_params[key] ?? ''), then: words.then(vm.HVM_boot_params[key] ?? ''),
      revert: (session, ref) => setEntry(session, ref, 'HVM_boot_params', key, booted.HVM_boot_params[key]),
    });
  }
  if (vm.PV_args !== booted.PV_args) found.push({ id: 'args', what: 'boot arguments', now: `“${booted.PV_args}”`, then: `“${vm.PV_args}”`, revert: (session, ref) => session.call('VM.set_PV_args', ref, booted.PV_args) });
  for (const key of new Set([...Object.keys(vm.platform), ...Object.keys(booted.platform)])) {
    if (vm.platform[key] === booted.platform[key]) continue;
    found.push({
      id: `platform ${key}`, what: PLATFORM_WORDS[key] ?? key, now: `${PLATFORM_WORDS[key] ?? key}: ${yesNo(booted.platform[key])}`, then: yesNo(vm.platform[key]),
      revert: (session, ref) => setEntry(session, ref, 'platform', key, booted.platform[key]),
    });
  }
  return found;
};
