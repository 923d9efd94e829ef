import type { Records } from '../../../shared/api';
import type { CpuShare } from '../../engine/contract';
import { invalid } from './limits';

const WEIGHT_MAX = 65_535, CPU_MAX = 4_096;

/** XenAPI's VCPUs_params: `weight` (256 is everybody's), `cap` (percent of one CPU, 0 none), `mask` ("0,2,5" or "0-3"). Undefined: nothing is said. */
export const cpuShareOf = ({ VCPUs_params: params }: Pick<Records['VM'], 'VCPUs_params'>): CpuShare | undefined => {
  const weight = whole('weight', params['weight'], 1, WEIGHT_MAX), capPercent = whole('cap', params['cap'], 0, 100 * CPU_MAX), mask = cpus(params['mask']);
  if (weight === undefined && capPercent === undefined && mask === undefined) return undefined;
  return { ...(weight === undefined ? {} : { weight }), ...(capPercent === undefined ? {} : { capPercent }), ...(mask ? { mask } : {}) };
};

const whole = (key: string, text: string | undefined, min: number, max: number): number | undefined => {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < min || value > max) throw invalid(`VCPUs_params:${key}`, text);
  return value;
};

const cpus = (text: string | undefined): readonly number[] | undefined => {
  if (text === undefined || text.trim() === '') return undefined;
  const numbers = text.split(',').flatMap(part => {
    const [, from = '', to = from] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part) ?? [];
    if (from === '' || Number(to) < Number(from) || Number(to) >= CPU_MAX) throw invalid('VCPUs_params:mask', text);
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i);
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
};
