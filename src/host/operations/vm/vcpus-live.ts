import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import type { CpuShare } from '../../engine/contract';
import type { Handlers } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { isUp } from '../device/state';
import { translated } from '../failure';
import { runPlan } from '../plan';
import { cpuShareOf } from './cpu-share';
import { asBooted } from './hardware';

/* Processors of a VM that runs: more of them, never fewer; and how the host shares itself out to them. */

type Params = Records['VM']['VCPUs_params'];

export const vcpusLive = (desk: Desk): Handlers => {
  const share = async (vm: Ref<'VM'>, make: (now: Readonly<Records['VM']>) => Params): Promise<void> => {
    const now = desk.store.get('VM', vm), VCPUs_params = make(now);
    const wanted: CpuShare = cpuShareOf({ ...now, VCPUs_params }) ?? {};
    if (isUp(now)) await translated({ vm }, () => desk.engine.shareCpu(now.uuid, wanted));
    desk.store.transaction(tx => { tx.get('VM', vm); tx.set('VM', vm, { VCPUs_params }); });
  };
  const add = (vm: Ref<'VM'>, key: string, value: string): Promise<void> => share(vm, now => {
    if (Object.hasOwn(now.VCPUs_params, key)) throw new ApiError('MAP_DUPLICATE_KEY', 'VM', 'VCPUs_params', now.uuid, key);
    return { ...now.VCPUs_params, [key]: value };
  });
  return {
    'VM.set_VCPUs_number_live': (context, vm, count) => desk.lock.run(context, vm, 'changing_VCPUs_live', async signal => {
      const { uuid, VCPUs_max, metrics } = asBooted(desk.store.get('VM', vm));
      const now = isNull(metrics) ? 0 : desk.store.get('VM_metrics', metrics).VCPUs_number;
      if (!Number.isInteger(count) || count > VCPUs_max) throw new ApiError('VALUE_NOT_SUPPORTED', 'nvcpu', String(count), `this VM was started for at most ${VCPUs_max} processors`);
      if (count < now) throw new ApiError('VALUE_NOT_SUPPORTED', 'nvcpu', String(count), 'a running VM keeps its processors; fewer count from its next start');
      await runPlan([
        { name: 'plug them in', weight: 3, do: () => translated({ vm }, () => desk.engine.setVcpus(uuid, count)) },
        { name: 'record', weight: 1, do: () => { recordVcpus(desk, vm, count); } },
      ], { of: 'VM.set_VCPUs_number_live', signal, progress: context.task.progress, log: desk.log });
    }),
    'VM.set_VCPUs_params': (_context, vm, value) => share(vm, () => value),
    'VM.add_to_VCPUs_params': (_context, vm, key, value) => add(vm, key, value),
    'VM.add_to_VCPUs_params_live': (_context, vm, key, value) => share(vm, now => ({ ...now.VCPUs_params, [key]: value })),
    'VM.remove_from_VCPUs_params': (_context, vm, key) => share(vm, now => { const { [key]: _, ...rest } = now.VCPUs_params; return rest; }),
  };
};

export const recordVcpus = (desk: Desk, ref: Ref<'VM'>, count: number): void => {
  desk.store.transaction(tx => {
    const metrics = tx.find('VM', ref)?.metrics;
    if (metrics !== undefined && !isNull(metrics) && tx.get('VM_metrics', metrics).VCPUs_number !== count) {
      tx.set('VM_metrics', metrics, { VCPUs_number: count, last_updated: datetime(desk.now()) });
      tx.touch('VM', ref); // requires_reboot follows from it
    }
  });
};
