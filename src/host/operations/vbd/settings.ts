import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { DiskLimits } from '../../engine/contract';
import type { CallContext, Handlers } from '../contract';
import type { Desk } from '../desk';
import { withDevice } from '../device/claim';
import { assertDeviceFree } from '../device/state';
import { translated } from '../failure';
import { runPlan } from '../plan';
import { invalid } from '../vm/limits';
import { freeVbdDevices, userdeviceNumber } from './devices';

/* Fields of a VBD with rules of their own: its place, its kind, how fast it may be. The limits of a disk in use count at once. */

const BYTES_PER_KILOBYTE = 1024;

export const settings = (desk: Desk): Handlers => {
  const unattached = (vbd: Ref<'VBD'>, make: (now: Readonly<Records['VBD']>) => Partial<Records['VBD']>): void => {
    desk.store.transaction(tx => {
      assertDeviceFree(tx, 'VBD', vbd);
      const now = tx.get('VBD', vbd);
      if (now.currently_attached) throw new ApiError('OPERATION_NOT_ALLOWED', 'the VBD is in use: unplug it, or shut the VM down first');
      tx.set('VBD', vbd, make(now));
    });
  };
  const limit = (context: CallContext, of: string, vbd: Ref<'VBD'>, make: (now: Readonly<Records['VBD']>) => Partial<Records['VBD']>): Promise<void> => changeLimits(desk, context, of, vbd, make(desk.store.get('VBD', vbd)));
  return {
    'VBD.set_userdevice': (_context, vbd, value) => unattached(vbd, now => {
      const wanted = userdeviceNumber(value);
      if (wanted === undefined) throw new ApiError('INVALID_DEVICE', value);
      if (wanted !== now.userdevice && !freeVbdDevices(desk.store, now.VM).includes(wanted)) throw new ApiError('DEVICE_ALREADY_EXISTS', wanted);
      return { userdevice: wanted };
    }),
    'VBD.set_type': (_context, vbd, value) => unattached(vbd, now => {
      if (value === 'Floppy') throw new ApiError('VALUE_NOT_SUPPORTED', 'type', value, 'a VBD is a Disk or a CD');
      if (value === 'CD' && now.mode === 'RW') throw new ApiError('VBD_CDS_MUST_BE_READONLY');
      if (value === 'Disk' && now.empty) throw new ApiError('VALUE_NOT_SUPPORTED', 'type', value, 'an empty drive is for CDs');
      return { type: value, unpluggable: value !== 'CD' };
    }),
    'VBD.set_qos_algorithm_type': (context, vbd, value) => limit(context, 'VBD.set_qos_algorithm_type', vbd, () => {
      assertLimits({ qos_algorithm_type: value });
      return { qos_algorithm_type: value };
    }),
    'VBD.set_qos_algorithm_params': (context, vbd, value) => limit(context, 'VBD.set_qos_algorithm_params', vbd, () => ({ qos_algorithm_params: checked(value) })),
    'VBD.add_to_qos_algorithm_params': (context, vbd, key, value) => limit(context, 'VBD.add_to_qos_algorithm_params', vbd, now => {
      if (Object.hasOwn(now.qos_algorithm_params, key)) throw new ApiError('MAP_DUPLICATE_KEY', 'VBD', 'qos_algorithm_params', now.uuid, key);
      return { qos_algorithm_params: checked({ ...now.qos_algorithm_params, [key]: value }) };
    }),
    'VBD.remove_from_qos_algorithm_params': (context, vbd, key) => limit(context, 'VBD.remove_from_qos_algorithm_params', vbd, now => {
      const { [key]: _, ...rest } = now.qos_algorithm_params;
      return { qos_algorithm_params: rest };
    }),
  };
};

const changeLimits = async (desk: Desk, context: CallContext, of: string, vbd: Ref<'VBD'>, fields: Partial<Records['VBD']>): Promise<void> => {
  const before = desk.store.get('VBD', vbd), { uuid } = desk.store.get('VM', before.VM);
  const record = (): void => { desk.store.transaction(tx => { tx.set('VBD', vbd, fields); }); };
  if (!before.currently_attached) { assertDeviceFree(desk.store, 'VBD', vbd); record(); return; }
  const apply = (to: Readonly<Records['VBD']>): Promise<void> => desk.engine.limitDisk(uuid, before.userdevice, limitsOf(to) ?? {});
  // XenAPI has no name for it, so it shows as `attach`.
  await withDevice(desk, context, 'VBD', vbd, 'attach', () => { /* in use or not is looked at already */ }, signal => runPlan([
    { name: 'limit the disk', weight: 2, do: () => translated({ vm: before.VM }, () => apply({ ...before, ...fields })), undo: () => apply(before) },
    { name: 'record', weight: 1, do: record },
  ], { of, signal, progress: context.task.progress, log: desk.log }));
};

/** `ratelimit`: `kbps` kilobytes and `iops` operations per second. */
export const limitsOf = ({ qos_algorithm_type: type, qos_algorithm_params: params }: Pick<Records['VBD'], 'qos_algorithm_type' | 'qos_algorithm_params'>): DiskLimits | undefined => {
  if (type !== 'ratelimit') return undefined;
  const kilobytes = Number(params['kbps'] ?? 0), operations = Number(params['iops'] ?? 0);
  return { ...(kilobytes > 0 ? { bytesPerSecond: kilobytes * BYTES_PER_KILOBYTE } : {}), ...(operations > 0 ? { operationsPerSecond: operations } : {}) };
};

/** Also for VBD.create. */
export const assertLimits = ({ qos_algorithm_type: type = '', qos_algorithm_params: params = {} }: Partial<Pick<Records['VBD'], 'qos_algorithm_type' | 'qos_algorithm_params'>>): void => {
  if (type !== '' && type !== 'ratelimit') throw new ApiError('VALUE_NOT_SUPPORTED', 'qos_algorithm_type', type, 'only "ratelimit" is known');
  checked(params);
};

const checked = (params: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  for (const key of ['kbps', 'iops'] as const) {
    const value = params[key];
    if (value !== undefined && !/^[1-9]\d{0,9}$/.test(value)) throw invalid(`qos_algorithm_params:${key}`, value);
  }
  return params;
};
