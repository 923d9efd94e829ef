import type { ClassName, MessageRecord } from '../../../shared/api';
import { type EverydayMessage, isEveryday } from '../../../shared/rules/everyday-messages';
import type { Session } from '../../api';
import { readAlarm } from '../alerts/alarm';
import { sentence } from '../errors/words';

/* What a host has to tell, in words. */

export type Weight = 'error' | 'warning' | 'info';
/** XenAPI's priority: 1 data may be lost, 2 a service is, 3 something works less well, 4 it works again, 5 for information. What happens every day is never more than that. */
export const weightOf = ({ name, priority }: Pick<MessageRecord, 'name' | 'priority'>): Weight => (isEveryday({ name }) || priority < 1 || priority > 3 ? 'info' : priority === 3 ? 'warning' : 'error');

const EVERYDAY: Readonly<Record<EverydayMessage, string>> = {
  VM_STARTED: 'Started', VM_SHUTDOWN: 'Shut down', VM_REBOOTED: 'Rebooted', VM_SUSPENDED: 'Suspended', VM_RESUMED: 'Resumed', VM_PAUSED: 'Paused', VM_UNPAUSED: 'Unpaused', VM_CLONED: 'Cloned',
  VM_SNAPSHOTTED: 'A snapshot was taken', VM_CHECKPOINTED: 'A snapshot with memory was taken', VM_SNAPSHOT_REVERTED: 'Went back to a snapshot', VM_MIGRATED: 'Moved to another host',
};
const WORDS: Readonly<Record<string, string>> = {
  ...EVERYDAY, VM_CRASHED: 'Crashed', VM_UNEXPECTEDLY_SHUT_DOWN: 'Ended unexpectedly', VM_PROVISIONED: 'Its disks were made', VM_SECURE_BOOT_FAILED: 'Secure boot refused to boot it',
  VDI_CBT_METADATA_INCONSISTENT: 'Changed-block tracking is out of step', VM_IO_ERROR: 'A disk could not be written', VM_PAUSED_NO_SPACE: 'Paused: its storage is full', VM_PAUSED_DISK_FAULT: 'Paused: its disk fails',
};
/** What is not known is readable: `VM_DISK_FULL` -> `VM disk full`; numbers and abbreviations stay. */
export const titleOf = ({ name }: Pick<MessageRecord, 'name'>): string => {
  const known = WORDS[name];
  if (known !== undefined) return known;
  const words = name.split('_').map((word, i) => (['VM', 'SR', 'VDI', 'PBD', 'PIF', 'NIC', 'CPU', 'HA', 'ISO', 'IP'].includes(word) ? word : i === 0 ? `${word.charAt(0)}${word.slice(1).toLowerCase()}` : word.toLowerCase()));
  return words.join(' ') || 'Message';
};
/** An alarm in words. Some hosts put XML or JSON there: it is shown as it came. */
export const bodyOf = ({ body }: Pick<MessageRecord, 'body'>): string => readAlarm(body)?.text ?? (/^\s*[<{[]/.test(body) ? body.trim() : sentence(body, ''));

const CLASSES: Readonly<Record<MessageRecord['cls'], ClassName | undefined>> = {
  VM: 'VM', Host: 'host', SR: 'SR', Pool: 'pool', VDI: 'VDI', VMPP: undefined, VMSS: undefined, PVS_proxy: undefined, Certificate: undefined,
};
/** The object that a message is about, if it is still there. */
export const subjectOf = ({ records }: Session, { cls, obj_uuid: uuid }: Pick<MessageRecord, 'cls' | 'obj_uuid'>): { cls: ClassName; ref: string; name: string } | undefined => {
  const known = CLASSES[cls];
  if (known === undefined) return undefined;
  for (const [ref, record] of records.all(known)) {
    if ('uuid' in record && record.uuid === uuid) return { cls: known, ref, name: 'name_label' in record ? record.name_label : '' };
  }
  return undefined;
};
