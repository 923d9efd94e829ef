/* Messages of everyday work, as XenServer writes them: charts draw them, logs list them, and nobody is alarmed. */
export const EVERYDAY_MESSAGES = [
  'VM_STARTED', 'VM_SHUTDOWN', 'VM_REBOOTED', 'VM_SUSPENDED', 'VM_RESUMED', 'VM_PAUSED', 'VM_UNPAUSED', 'VM_CLONED', 'VM_SNAPSHOTTED', 'VM_CHECKPOINTED', 'VM_SNAPSHOT_REVERTED', 'VM_MIGRATED',
] as const;
export type EverydayMessage = (typeof EVERYDAY_MESSAGES)[number];

const NAMES: ReadonlySet<string> = new Set(EVERYDAY_MESSAGES);
/** By its name: old XenServers give these the priority of data that is lost. */
export const isEveryday = ({ name }: { name: string }): boolean => NAMES.has(name);
