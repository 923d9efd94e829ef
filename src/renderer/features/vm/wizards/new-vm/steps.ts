import type { NewVm, Problems, TemplateFacts } from './new-vm';

/* The steps of New VM. The first has all that a VM needs; each of the others may be left out. */

export type StepId = 'vm' | 'source' | 'disks' | 'networks' | 'first-boot' | 'finish';
export interface StepProps { value: NewVm; facts: TemplateFacts; problems: Problems; busy: boolean; change: (part: Partial<NewVm>) => void }

export const STEPS: readonly { id: StepId; title: string; fields: readonly (keyof Problems)[] }[] = [
  { id: 'vm', title: 'VM', fields: ['name', 'count', 'folder', 'vcpus', 'memoryMib', 'diskGib'] },
  { id: 'source', title: 'Install from', fields: ['iso', 'url', 'seed', 'rootPassword', 'installHostname', 'installUser'] },
  { id: 'disks', title: 'Disks', fields: ['disks'] },
  { id: 'networks', title: 'Network', fields: [] },
  { id: 'first-boot', title: 'First boot', fields: ['hostname', 'user', 'password', 'sshKeys', 'address', 'gateway', 'dns', 'userData'] },
  { id: 'finish', title: 'Finish', fields: [] },
];

/** Where the first thing that is wrong stands. */
export const stepOf = (problems: Problems): StepId | undefined => STEPS.find(({ fields }) => fields.some(field => problems[field] !== undefined))?.id;
