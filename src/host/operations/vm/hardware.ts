import { ApiError, type Records } from '../../../shared/api';
import type { Boot, EngineFeature, MachineSpec } from '../../engine/contract';
import type { Reader } from '../../store/contract';
import type { Desk } from '../desk';
import { bootOf } from './spec';

/* The machine itself, as a VM's records describe it and as an engine needs it: firmware, TPM, profile, screen, clock. */

export type Hardware = Pick<MachineSpec, 'boot' | 'profile' | 'tpm' | 'videoCard' | 'videoRamMib' | 'clockOffsetSeconds' | 'afterReset'>;
type Described = Readonly<Pick<Records['VM'], (typeof BOOTED)[number]>>;

/** What counts from one start to the next, whatever is changed meanwhile. */
const BOOTED = ['platform', 'HVM_boot_policy', 'HVM_boot_params', 'PV_kernel', 'PV_ramdisk', 'PV_args', 'VCPUs_max', 'VCPUs_at_startup'] as const satisfies readonly (keyof Records['VM'])[];

/**
 * Refuses what this host cannot do, and says why.
 * @param vm the record, or asBooted() of it
 */
export const hardwareOf = async (desk: Desk, vm: Readonly<Records['VM']>): Promise<Hardware> => {
  const { platform } = vm, lacks = (await desk.engine.facts()).lacks ?? {};
  const need = (feature: EngineFeature, field: string, value: string): void => {
    const why = lacks[feature];
    if (why !== undefined) throw new ApiError('VALUE_NOT_SUPPORTED', field, value, why);
  };
  const boot = withSecureBoot(await bootOf(desk, vm), platform['secureboot'], lacks['secure-boot'] === undefined);
  if (boot.by === 'firmware' && boot.firmware === 'uefi') need('uefi', 'HVM_boot_params:firmware', 'uefi');
  if (boot.by === 'firmware' && boot.secureBoot === true) need('secure-boot', 'platform:secureboot', platform['secureboot'] ?? '');
  if (vm.VTPMs.length > 0) need('tpm', 'VTPMs', 'TPM 2.0');
  const { vga, videoram, timeoffset } = platform;
  return {
    boot, ...(isWindows(vm) ? { profile: 'windows' } : {}), ...(vm.VTPMs.length > 0 ? { tpm: true } : {}),
    ...(vga === 'cirrus' ? { videoCard: vga } : {}), ...(videoram === undefined ? {} : { videoRamMib: Number(videoram) }), ...(timeoffset === undefined ? {} : { clockOffsetSeconds: Number(timeoffset) }),
    ...(vm.actions_after_reboot === 'destroy' ? { afterReset: 'end' } : {}),
  };
};

/** XenAPI's word for a guest that is told of Hyper-V. */
export const isWindows = ({ platform }: Pick<Records['VM'], 'platform'>): boolean => platform['viridian'] === 'true' || platform['viridian'] === '1';

/** `auto`: where the host can. */
const withSecureBoot = (boot: Boot, wish: string | undefined, possible: boolean): Boot =>
  (boot.by === 'firmware' && boot.firmware === 'uefi' && (wish === 'true' || (wish === 'auto' && possible)) ? { ...boot, secureBoot: true } : boot);

/** For VM.last_booted_record: a VM that goes on from saved memory must find the machine that it left. */
export const bootedRecord = (vm: Described): string => JSON.stringify(Object.fromEntries(BOOTED.map(field => [field, vm[field]])));
/** The VM as its machine was started. */
export const asBooted = <V extends Readonly<Records['VM']>>(vm: V): V => {
  try { return { ...vm, ...JSON.parse(vm.last_booted_record) as Partial<Described> }; } catch { return vm; }
};

/** For VM.requires_reboot: whether something set on a VM that is not off differs from what its machine was started with. */
export const differsFromBoot = (reader: Reader, vm: Readonly<Records['VM']>): boolean => {
  if (vm.power_state === 'Halted' || vm.is_a_snapshot) return false;
  const booted = asBooted(vm), running = reader.find('VM_metrics', vm.metrics)?.VCPUs_number ?? 0;
  return (running > 0 ? running : booted.VCPUs_at_startup) !== vm.VCPUs_at_startup || BOOTED.some(field => field !== 'VCPUs_at_startup' && !sameValue(vm[field], booted[field]));
};
/** Of a VM that is off: the first field that is not as its machine (or the one whose memory it is to go on from) was started with. */
export const differsFromKept = (vm: Readonly<Records['VM']>): string | undefined => { const kept = asBooted(vm); return BOOTED.find(field => !sameValue(vm[field], kept[field])); };
/** Maps in any order. */
const sameValue = (a: Described[keyof Described], b: Described[keyof Described]): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && a[key] === b[key]);
};
