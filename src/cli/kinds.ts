/* The kinds of objects that xe lists and whose fields it changes: XenServer's names, and what their lists show at first. */
import type { ClassName } from '../shared/api';
import type { AnyRecord } from './fields';

export interface Kind {
  /** What its verbs begin with: `vm` of `vm-list`. */
  prefix: string;
  cls: ClassName;
  /** One of them, in words. */
  words: string;
  first: readonly string[];
  /** Where a class holds several kinds. */
  keep?: (record: AnyRecord) => boolean;
}

const NAMED = ['uuid', 'name-label', 'name-description'];
const isVm = (template: boolean, snapshot: boolean) => (record: AnyRecord): boolean => record['is_a_snapshot'] === snapshot && (snapshot || record['is_a_template'] === template);

export const VM = { prefix: 'vm', cls: 'VM', words: 'VM', first: ['uuid', 'name-label', 'power-state'], keep: isVm(false, false) } as const satisfies Kind;
export const TEMPLATE = { prefix: 'template', cls: 'VM', words: 'template', first: NAMED, keep: isVm(true, false) } as const satisfies Kind;
export const SNAPSHOT = { prefix: 'snapshot', cls: 'VM', words: 'snapshot', first: [...NAMED, 'snapshot-of', 'snapshot-time'], keep: isVm(true, true) } as const satisfies Kind;

export const KINDS: readonly Kind[] = [
  VM, TEMPLATE, SNAPSHOT,
  { prefix: 'appliance', cls: 'VM_appliance', words: 'appliance', first: [...NAMED, 'VMs'] },
  { prefix: 'host', cls: 'host', words: 'host', first: NAMED },
  { prefix: 'pool', cls: 'pool', words: 'pool', first: [...NAMED, 'master', 'default-SR'] },
  { prefix: 'sr', cls: 'SR', words: 'storage repository', first: [...NAMED, 'type', 'content-type'] },
  { prefix: 'pbd', cls: 'PBD', words: 'PBD', first: ['uuid', 'host-uuid', 'sr-uuid', 'device-config', 'currently-attached'] },
  { prefix: 'vdi', cls: 'VDI', words: 'VDI', first: [...NAMED, 'sr-uuid', 'virtual-size', 'sharable', 'read-only'] },
  { prefix: 'vbd', cls: 'VBD', words: 'VBD', first: ['uuid', 'vm-uuid', 'vm-name-label', 'vdi-uuid', 'empty', 'userdevice', 'device'] },
  { prefix: 'vif', cls: 'VIF', words: 'VIF', first: ['uuid', 'vm-uuid', 'vm-name-label', 'device', 'MAC', 'network-uuid', 'network-name-label'] },
  { prefix: 'network', cls: 'network', words: 'network', first: [...NAMED, 'bridge'] },
  { prefix: 'pif', cls: 'PIF', words: 'PIF', first: ['uuid', 'device', 'currently-attached', 'VLAN', 'network-uuid'] },
  { prefix: 'bond', cls: 'Bond', words: 'bond', first: ['uuid', 'master', 'slaves', 'mode'] },
  { prefix: 'vlan', cls: 'VLAN', words: 'VLAN', first: ['uuid', 'tagged-PIF', 'untagged-PIF', 'tag'] },
  { prefix: 'task', cls: 'task', words: 'task', first: [...NAMED, 'status', 'progress'] },
  { prefix: 'message', cls: 'message', words: 'message', first: ['uuid', 'name', 'priority', 'cls', 'obj-uuid', 'timestamp', 'body'] },
  { prefix: 'console', cls: 'console', words: 'console', first: ['uuid', 'vm-uuid', 'vm-name-label', 'protocol', 'location'] },
  { prefix: 'sm', cls: 'SM', words: 'storage driver', first: ['uuid', 'type', 'name-label', 'capabilities'] },
  { prefix: 'secret', cls: 'secret', words: 'secret', first: ['uuid'] },
  { prefix: 'role', cls: 'role', words: 'role', first: ['uuid', 'name-label', 'name-description'], keep: record => (record['subroles'] as readonly string[]).length > 0 },
  { prefix: 'subject', cls: 'subject', words: 'subject', first: ['uuid', 'subject-identifier', 'other-config', 'roles'] },
  { prefix: 'vtpm', cls: 'VTPM', words: 'vTPM', first: ['uuid', 'vm-uuid'] },
];
