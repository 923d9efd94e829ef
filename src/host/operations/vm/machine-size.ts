import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import type { MachineSpec } from '../../engine/contract';
import type { Reader } from '../../store/contract';
import { cpuShareOf } from './cpu-share';
import { diskWeightOf } from './disk-weight';
import { asBooted } from './hardware';

/* Processors and memory of a VM, and its shares of the host, as an engine needs them. */

type Size = Pick<MachineSpec, 'vcpus' | 'vcpusMax' | 'coresPerSocket' | 'memoryBytes' | 'memoryTargetBytes' | 'cpuShare' | 'diskWeight'>;

/** @param restored it goes on from saved memory: with the processors that were plugged in until then */
export const sizeOf = (reader: Reader, ref: Ref<'VM'>, restored: boolean): Size => {
  const vm = reader.get('VM', ref), { platform, VCPUs_max, VCPUs_at_startup } = restored ? asBooted(vm) : vm, coresPerSocket = coresOf({ platform }), cpuShare = cpuShareOf(vm), diskWeight = diskWeightOf(vm);
  if (VCPUs_max % coresPerSocket !== 0) throw new ApiError('VCPU_MAX_NOT_CORES_PER_SOCKET_MULTIPLE', String(VCPUs_max), String(coresPerSocket));
  const plugged = restored && !isNull(vm.metrics) ? reader.get('VM_metrics', vm.metrics).VCPUs_number : 0;
  return {
    vcpus: Math.min(VCPUs_max, Math.max(VCPUs_at_startup, plugged)), vcpusMax: VCPUs_max, coresPerSocket,
    memoryBytes: vm.memory_static_max, memoryTargetBytes: restored ? vm.memory_target : vm.memory_dynamic_max, ...(cpuShare ? { cpuShare } : {}), ...(diskWeight === undefined ? {} : { diskWeight }),
  };
};

/** platform:cores-per-socket. Absent or nonsense: 1. */
const coresOf = ({ platform }: Pick<Records['VM'], 'platform'>): number => {
  const cores = Number(platform['cores-per-socket'] ?? 1);
  return Number.isInteger(cores) && cores >= 1 ? cores : 1;
};
