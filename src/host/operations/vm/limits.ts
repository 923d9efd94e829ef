import { ApiError, type Records } from '../../../shared/api';
import { NAME_MAX_CHARS } from '../../../shared/lib/limits';

/* What a VM's numbers and names must satisfy, for VM.create and for every setter. */

/** q35 takes more; beyond this one QEMU process is no sensible home for a guest. */
export const VCPUS_MAX = 64;
const MEMORY_MAX_BYTES = 4 * 1024 ** 4;
const INVALID_VALUE_SHOWN_CHARS = 200;

export type Memory = Pick<Records['VM'], 'memory_static_min' | 'memory_dynamic_min' | 'memory_dynamic_max' | 'memory_static_max'>;

export const assertMemoryOrder = (memory: Memory): void => {
  const { memory_static_min: staticMin, memory_dynamic_min: dynamicMin, memory_dynamic_max: dynamicMax, memory_static_max: staticMax } = memory;
  if (staticMin < 0 || staticMin > dynamicMin || dynamicMin > dynamicMax || dynamicMax > staticMax) {
    throw new ApiError('MEMORY_CONSTRAINT_VIOLATION', 'Memory limits must satisfy: static_min <= dynamic_min <= dynamic_max <= static_max');
  }
  if (staticMax > MEMORY_MAX_BYTES) throw invalid('memory_static_max', staticMax);
};

export const assertVcpus = (vcpus: Pick<Records['VM'], 'VCPUs_max' | 'VCPUs_at_startup'>): void => {
  if (!Number.isInteger(vcpus.VCPUs_max) || vcpus.VCPUs_max < 1 || vcpus.VCPUs_max > VCPUS_MAX) throw invalid('VCPUs_max', vcpus.VCPUs_max);
  if (!Number.isInteger(vcpus.VCPUs_at_startup) || vcpus.VCPUs_at_startup < 1 || vcpus.VCPUs_at_startup > vcpus.VCPUs_max) throw invalid('VCPUs_at_startup', vcpus.VCPUs_at_startup);
};

export const assertName = (field: string, name: string): void => {
  if (name.length > NAME_MAX_CHARS) throw invalid(field, name);
};

/** Of what is shared when it is full, against 100 for everybody. */
const WEIGHT_MAX = 1000;
export const isWeight = (text: string): boolean => /^[1-9]\d{0,3}$/.test(text) && Number(text) <= WEIGHT_MAX;

export const invalid = (field: string, value: string | number): ApiError => new ApiError('INVALID_VALUE', field, String(value).slice(0, INVALID_VALUE_SHOWN_CHARS));
