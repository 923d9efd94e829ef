import type { JournalEntry } from '../../api';

/** Methods in words, for tasks that other clients started. What is not here shows its own name. */
const VERBS: Readonly<Record<string, string>> = {
  'VM.start': 'Start a VM',
  'VM.clean_shutdown': 'Shut down a VM',
  'VM.hard_shutdown': 'Force shut down a VM',
  'VM.clean_reboot': 'Reboot a VM',
  'VM.hard_reboot': 'Force reboot a VM',
  'VM.shutdown': 'Shut down a VM',
  'VM.pause': 'Pause a VM',
  'VM.unpause': 'Unpause a VM',
  'VM.clone': 'Clone a VM',
  'VM.copy': 'Copy a VM',
  'VM.provision': 'Prepare the disks of a VM',
  'VM.destroy': 'Delete a VM',
  'VM.create': 'Create a VM',
  'VDI.create': 'Create a disk',
  'VDI.destroy': 'Delete a disk',
  'VDI.clone': 'Clone a disk',
  'VDI.resize': 'Resize a disk',
  'SR.scan': 'Rescan storage',
};

export const taskTitle = ({ about, method }: Pick<JournalEntry, 'about' | 'method'>): string => {
  if (about) return `${about.verb.charAt(0).toUpperCase()}${about.verb.slice(1)} “${about.subject}”`;
  const plain = method.replace(/^Async\./, '');
  return VERBS[plain] ?? plain;
};
