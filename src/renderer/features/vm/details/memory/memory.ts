import type { Records, VMRecord } from '../../../../../shared/api';
import { bytesText, KIB, MIB } from '../../../../ui/text';

/* What a VM's memory is and may become: the form's values, what is wrong with them, and the figures of the picture. */

export const LIMITS = ['staticMin', 'dynamicMin', 'dynamicMax', 'staticMax'] as const;
export type Limit = typeof LIMITS[number];
/** MiB as typed. */
export type MemoryForm = Record<Limit, string>;
export type MemoryProblems = Partial<Record<Limit, string>>;

export const LIMIT_WORDS: Readonly<Record<Limit, { label: string; hint: string }>> = {
  staticMin: { label: 'Least ever', hint: 'The guest works with no less.' },
  dynamicMin: { label: 'Least now', hint: 'So far the host may take memory back.' },
  dynamicMax: { label: 'Most now', hint: 'So much it has while the host has enough.' },
  staticMax: { label: 'Most ever', hint: 'What the guest believes to have. Counts from the next start.' },
};
const mib = (bytes: number): string => String(Math.round((bytes / MIB) * 100) / 100);

export const formOf = (vm: VMRecord): MemoryForm => ({
  staticMin: mib(vm.memory_static_min), dynamicMin: mib(vm.memory_dynamic_min), dynamicMax: mib(vm.memory_dynamic_max), staticMax: mib(vm.memory_static_max),
});
export const sameForm = (a: MemoryForm, b: MemoryForm): boolean => LIMITS.every(limit => a[limit] === b[limit]);

const bytesOf = (text: string): number => (/^\d+(\.\d+)?$/.test(text.trim()) ? Math.round(Number(text) * MIB) : NaN);
/** What is typed, in bytes; a figure that was not touched stays as it is to the byte. */
export const limitsOf = (form: MemoryForm, vm: VMRecord): Record<Limit, number> => {
  const before = formOf(vm);
  const kept: Record<Limit, number> = { staticMin: vm.memory_static_min, dynamicMin: vm.memory_dynamic_min, dynamicMax: vm.memory_dynamic_max, staticMax: vm.memory_static_max };
  const limit = (name: Limit): number => (form[name] === before[name] ? kept[name] : bytesOf(form[name]));
  return { staticMin: limit('staticMin'), dynamicMin: limit('dynamicMin'), dynamicMax: limit('dynamicMax'), staticMax: limit('staticMax') };
};

/** They must rise, and the host must have as much at all. */
export const memoryProblems = (form: MemoryForm, vm: VMRecord, hostTotalBytes: number | undefined): MemoryProblems => {
  const bytes = limitsOf(form, vm);
  const problems: MemoryProblems = {};
  LIMITS.forEach((limit, i) => {
    const below = LIMITS[i - 1];
    if (!(bytes[limit] > 0)) problems[limit] = 'A number of MiB.';
    else if (below !== undefined && bytes[limit] < bytes[below]) problems[limit] = `Not below “${LIMIT_WORDS[below].label.toLowerCase()}”.`;
    else if (limit === 'dynamicMax' && hostTotalBytes !== undefined && bytes[limit] > hostTotalBytes) problems[limit] = `The host has only ${bytesText(hostTotalBytes)}.`;
  });
  return problems;
};

export interface MemoryFigures {
  totalBytes: number;
  /** By the guest's own account. */
  usedBytes: number | undefined;
  actualBytes: number | undefined;
  targetBytes: number | undefined;
  rangeBytes: readonly [number, number];
}

export const figuresOf = (vm: VMRecord, metrics: Records['VM_metrics'] | undefined, guest: Records['VM_guest_metrics'] | undefined): MemoryFigures => {
  const on = vm.power_state === 'Running' || vm.power_state === 'Paused';
  return {
    totalBytes: vm.memory_static_max, rangeBytes: [vm.memory_dynamic_min, vm.memory_dynamic_max],
    usedBytes: on ? usedInside(guest) : undefined,
    actualBytes: on && metrics && metrics.memory_actual > 0 ? metrics.memory_actual : undefined,
    targetBytes: on && vm.memory_target > 0 ? vm.memory_target : undefined,
  };
};

/** Guests tell KiB. */
const usedInside = (guest: Records['VM_guest_metrics'] | undefined): number | undefined => {
  const [total, free] = [Number(guest?.memory['total']), Number(guest?.memory['free'])];
  return total > 0 && free >= 0 && free <= total ? (total - free) * KIB : undefined;
};

/** One sentence for who does not see the picture. */
export const figuresText = ({ totalBytes, usedBytes, actualBytes, targetBytes, rangeBytes: [min, max] }: MemoryFigures): string => [
  usedBytes !== undefined && `${bytesText(usedBytes)} used inside`, actualBytes !== undefined && `${bytesText(actualBytes)} held now`, targetBytes !== undefined && `target ${bytesText(targetBytes)}`,
  min === max ? `fixed at ${bytesText(max)}` : `between ${bytesText(min)} and ${bytesText(max)}`, `at most ${bytesText(totalBytes)}`,
].filter(Boolean).join(', ');
