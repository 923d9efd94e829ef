import type { MessageRecord } from '../../../../../shared/api';

/* Messages of the host about a VM, in words. */

const WORDS: Readonly<Record<string, string>> = {
  VM_STARTED: 'Started', VM_SHUTDOWN: 'Shut down', VM_REBOOTED: 'Rebooted', VM_SUSPENDED: 'Suspended', VM_RESUMED: 'Resumed', VM_PAUSED: 'Paused', VM_UNPAUSED: 'Unpaused',
  VM_CRASHED: 'Crashed', VM_CLONED: 'Cloned', VM_SNAPSHOTTED: 'A snapshot was taken', VM_SNAPSHOT_REVERTED: 'Went back to a snapshot', VM_MIGRATED: 'Moved to another host',
  VM_CHECKPOINTED: 'A snapshot with memory was taken', VM_UNEXPECTEDLY_SHUT_DOWN: 'Ended unexpectedly', VM_PROVISIONED: 'Its disks were made', VM_SECURE_BOOT_FAILED: 'Secure boot refused to boot it',
  ALARM: 'A limit was crossed', VDI_CBT_METADATA_INCONSISTENT: 'Changed-block tracking is out of step', VM_IO_ERROR: 'A disk could not be written', VM_PAUSED_NO_SPACE: 'Paused: its storage is full',
};
/** A name that is not here is shown as it is, only readable. */
export const messageTitle = ({ name }: Pick<MessageRecord, 'name'>): string => {
  const plain = name.toLowerCase().replaceAll('_', ' ');
  return WORDS[name] ?? `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
};
/** XenAPI: 1 is the most urgent, 5 the least. */
export const severityOf = ({ priority }: Pick<MessageRecord, 'priority'>): 'error' | 'warning' | 'info' => (priority <= 2 ? 'error' : priority === 3 ? 'warning' : 'info');

/** A body in XML, as alarms have, is for programs. */
export const messageText = ({ body }: Pick<MessageRecord, 'body'>): string => (body.trimStart().startsWith('<') ? '' : body.trim());
