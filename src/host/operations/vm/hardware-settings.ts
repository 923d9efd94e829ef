import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { invalid } from './limits';

/* Setters of what a VM's machine is made of, and of what follows when its guest ends. Each counts from the next start; none while memory is saved that must
 * find its machine again. Keys that this host has no use for are kept as they are: clients hang their own on these maps. */

type MapField = 'platform' | 'HVM_boot_params';
type Map = Readonly<Record<string, string>>;

const BOOLEAN = ['true', 'false', '1', '0'];
const VIDEO_RAM_MIB = ['1', '2', '4', '8', '16', '32', '64', '128', '256'], CIRRUS_RAM_MIB = ['4', '8', '16'];
const ONE_OF: Readonly<Record<MapField, Readonly<Record<string, readonly string[]>>>> = {
  platform: { secureboot: ['true', 'false', 'auto'], viridian: BOOLEAN, vga: ['std', 'cirrus'], videoram: VIDEO_RAM_MIB },
  HVM_boot_params: { firmware: ['bios', 'uefi'] },
};
/** What has a shape, and its longest. */
const SHAPED: Readonly<Record<MapField, Readonly<Record<string, RegExp>>>> = {
  platform: { 'cores-per-socket': /^[1-9]\d{0,2}$/, timeoffset: /^-?\d{1,9}$/ },
  HVM_boot_params: { order: /^[cdn]{0,8}$/ },
};

export const hardwareSettings = (desk: Desk): Handlers => {
  const change = (vm: Ref<'VM'>, field: MapField, make: (now: Map, uuid: string) => Map): void => {
    desk.store.transaction(tx => {
      const record = tx.get('VM', vm), after = make(record[field], record.uuid);
      if (record.power_state === 'Suspended') throw new ApiError('VM_BAD_POWER_STATE', vm, 'halted, running', 'suspended');
      assertMap(field, after);
      assertCores({ ...record, [field]: after });
      tx.set('VM', vm, { [field]: after });
    });
  };
  const setters = <F extends MapField>(field: F) => ({
    set: (_context: unknown, vm: Ref<'VM'>, value: Map) => change(vm, field, () => value),
    add: (_context: unknown, vm: Ref<'VM'>, key: string, value: string) => change(vm, field, (now, uuid) => {
      if (Object.hasOwn(now, key)) throw new ApiError('MAP_DUPLICATE_KEY', 'VM', field, uuid, key);
      return { ...now, [key]: value };
    }),
    remove: (_context: unknown, vm: Ref<'VM'>, key: string) => change(vm, field, now => Object.fromEntries(Object.entries(now).filter(([each]) => each !== key))),
  });
  const platform = setters('platform'), boot = setters('HVM_boot_params');
  return {
    'VM.set_platform': platform.set, 'VM.add_to_platform': platform.add, 'VM.remove_from_platform': platform.remove,
    'VM.set_HVM_boot_params': boot.set, 'VM.add_to_HVM_boot_params': boot.add, 'VM.remove_from_HVM_boot_params': boot.remove,
    'VM.set_actions_after_crash': (_context, vm, value) => {
      if (value === 'preserve') throw new ApiError('VALUE_NOT_SUPPORTED', 'actions_after_crash', value, 'nothing is left of a machine that has crashed');
      desk.store.transaction(tx => { tx.get('VM', vm); tx.set('VM', vm, { actions_after_crash: value }); });
    },
    'VM.set_order': (_context, vm, value) => natural(desk, vm, 'order', value),
    'VM.set_start_delay': (_context, vm, value) => natural(desk, vm, 'start_delay', value),
    'VM.set_shutdown_delay': (_context, vm, value) => natural(desk, vm, 'shutdown_delay', value),
    'VM.set_appliance': (_context, vm, appliance) => {
      desk.store.transaction(tx => {
        if (!isNull(appliance)) {
          tx.get('VM_appliance', appliance);
          if (tx.get('VM', vm).is_a_template) throw new ApiError('VM_IS_TEMPLATE', vm);
        }
        tx.get('VM', vm);
        tx.set('VM', vm, { appliance });
      });
    },
  };
};

/** Also for VM.create. */
export const assertHardware = ({ platform, HVM_boot_params }: Partial<Pick<Records['VM'], MapField>>): void => {
  assertMap('platform', platform ?? {});
  assertMap('HVM_boot_params', HVM_boot_params ?? {});
};

const assertMap = (field: MapField, map: Map): void => {
  for (const [key, value] of Object.entries(map)) {
    const fits = ONE_OF[field][key]?.includes(value) ?? SHAPED[field][key]?.test(value) ?? true;
    if (!fits) throw invalid(`${field}:${key}`, value);
  }
  const { vga, videoram } = map;
  if (field === 'platform' && vga === 'cirrus' && videoram !== undefined && !CIRRUS_RAM_MIB.includes(videoram)) throw new ApiError('VALUE_NOT_SUPPORTED', 'platform:videoram', videoram, 'a Cirrus card has 4, 8 or 16 MiB');
};

const assertCores = ({ platform, VCPUs_max }: Pick<Records['VM'], 'platform' | 'VCPUs_max'>): void => {
  const cores = Number(platform['cores-per-socket'] ?? 1);
  if (VCPUs_max % cores !== 0) throw new ApiError('VCPU_MAX_NOT_CORES_PER_SOCKET_MULTIPLE', String(VCPUs_max), String(cores));
};

const DELAY_MAX_S = 24 * 3600;
const natural = (desk: Desk, vm: Ref<'VM'>, field: 'order' | 'start_delay' | 'shutdown_delay', value: number): void => {
  if (!Number.isInteger(value) || value < 0 || (field !== 'order' && value > DELAY_MAX_S)) throw invalid(field, value);
  desk.store.transaction(tx => { tx.get('VM', vm); tx.set('VM', vm, { [field]: value }); });
};
