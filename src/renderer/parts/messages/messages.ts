import type { ClassName, MessageRecord } from '../../../shared/api';
import type { Session } from '../../api';
import { readAlarm } from '../alerts/alarm';
import { sentence } from '../errors/words';

/* What a host has to tell, in words. */

export type Weight = 'error' | 'warning' | 'info';
/** XenAPI's priority: 1 data may be lost, 2 a service is, 3 something works less well, 4 it works again, 5 for information. */
export const weightOf = ({ priority }: Pick<MessageRecord, 'priority'>): Weight => (priority >= 1 && priority <= 2 ? 'error' : priority === 3 ? 'warning' : 'info');

/** `VM_DISK_FULL` -> `VM disk full`; numbers and abbreviations stay. */
export const titleOf = ({ name }: Pick<MessageRecord, 'name'>): string => {
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
