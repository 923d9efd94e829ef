import type { Records, Ref } from '../../../shared/api';
import type { EverydayMessage } from '../../../shared/rules/everyday-messages';
import type { VmWork } from '../../../shared/rules/vm-operations';
import type { Transaction } from '../../store/contract';
import type { Services } from '../contract';
import { writeMessage } from './write-message';

/* What an operation on a VM leaves behind when it is done, in the names and words of XenServer: a start, a stop, a snapshot. */

interface Said { vm: Readonly<Records['VM']>; host: string; /** What the operation has made. */ made: Readonly<Records['VM']> | undefined; /** What it was reverted to. */ parent: Readonly<Records['VM']> | undefined }
const MESSAGES: Readonly<Partial<Record<VmWork, readonly [EverydayMessage, (said: Said) => string]>>> = {
  start: ['VM_STARTED', ({ host }) => `started on host: ${host}`], start_on: ['VM_STARTED', ({ host }) => `started on host: ${host}`],
  clean_shutdown: ['VM_SHUTDOWN', () => 'shutdown'], shutdown: ['VM_SHUTDOWN', () => 'shutdown'], hard_shutdown: ['VM_SHUTDOWN', () => 'shutdown forcibly'],
  clean_reboot: ['VM_REBOOTED', () => 'rebooted cleanly'], hard_reboot: ['VM_REBOOTED', () => 'rebooted forcibly'],
  suspend: ['VM_SUSPENDED', () => 'suspended'], resume: ['VM_RESUMED', ({ host }) => `resumed on host: ${host}`], resume_on: ['VM_RESUMED', ({ host }) => `resumed on host: ${host}`],
  pause: ['VM_PAUSED', () => 'paused'], unpause: ['VM_UNPAUSED', () => 'unpaused'],
  snapshot: ['VM_SNAPSHOTTED', ({ made }) => `snapshotted, snapshot name: ${made?.name_label ?? ''}`], snapshot_with_quiesce: ['VM_SNAPSHOTTED', ({ made }) => `snapshotted, snapshot name: ${made?.name_label ?? ''}`],
  checkpoint: ['VM_CHECKPOINTED', ({ made }) => `checkpointed, snapshot name: ${made?.name_label ?? ''}`],
  reverting: ['VM_SNAPSHOT_REVERTED', ({ parent }) => `reverted to snapshot: ${parent?.name_label ?? ''} (uuid ${parent?.uuid ?? ''})`],
  clone: ['VM_CLONED', ({ made }) => `cloned (new uuid: ${made?.uuid ?? ''})`],
};

export const nameOfVm = ({ name_label, uuid }: Pick<Records['VM'], 'name_label' | 'uuid'>): string => `VM '${name_label}' (uuid: ${uuid})`;
export const nameOfHost = ({ name_label, uuid }: Pick<Records['host'], 'name_label' | 'uuid'>): string => `${name_label} (uuid: ${uuid})`;

/** It stopped, and nobody asked the host for that: an operation says it itself. */
export const writeShutdown = (services: Pick<Services, 'now'>, tx: Transaction, ref: Ref<'VM'>, how: string): void => {
  const vm = tx.get('VM', ref);
  writeMessage(tx, services.now(), { name: 'VM_SHUTDOWN' satisfies EverydayMessage, priority: 5, cls: 'VM', uuid: vm.uuid, body: `${nameOfVm(vm)} ${how}` });
};

/** With the VM's own records: its charts go along with it. */
export const writeMoved = (services: Pick<Services, 'now'>, tx: Transaction, ref: Ref<'VM'>, from: Pick<Records['host'], 'name_label' | 'uuid'>): void => {
  const vm = tx.get('VM', ref), [to] = tx.all('host').values();
  writeMessage(tx, services.now(), { name: 'VM_MIGRATED' satisfies EverydayMessage, priority: 5, cls: 'VM', uuid: vm.uuid, body: `${nameOfVm(vm)} migrated from host ${quoted(from)} to host ${to ? quoted(to) : ''}` });
};
const quoted = ({ name_label, uuid }: Pick<Records['host'], 'name_label' | 'uuid'>): string => `'${name_label.slice(0, 200)}' (uuid: ${uuid.slice(0, 36)})`;

/** In the transaction in which the operation leaves. @param made the operation's own result */
export const writeEveryday = (services: Pick<Services, 'now'>, tx: Transaction, ref: Ref<'VM'>, operation: VmWork, made: unknown): void => {
  const message = MESSAGES[operation], vm = tx.find('VM', ref);
  if (!message || !vm) return;
  const [host] = tx.all('host').values(), [name, words] = message;
  const said = words({ vm, host: host ? nameOfHost(host) : '', made: typeof made === 'string' ? tx.find('VM', made) : undefined, parent: tx.find('VM', vm.parent) });
  writeMessage(tx, services.now(), { name, priority: 5, cls: 'VM', uuid: vm.uuid, body: `${nameOfVm(vm)} ${said}` });
};
