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
  'VM.export': 'Export a VM',
  'VM.import': 'Import a VM',
  'VM.migrate_send': 'Send a VM to another host',
  export_raw_vdi: 'Export a disk',
  import_raw_vdi: 'Import a disk',
  'VM.provision': 'Prepare the disks of a VM',
  'VM.destroy': 'Delete a VM',
  'VM.create': 'Create a VM',
  'VM.suspend': 'Suspend a VM',
  'VM.resume': 'Resume a VM',
  'VM.snapshot': 'Take a snapshot',
  'VM.snapshot_with_quiesce': 'Take a snapshot',
  'VM.checkpoint': 'Take a snapshot with memory',
  'VM.revert': 'Go back to a snapshot',
  'VM.set_memory_dynamic_range': 'Change the memory of a VM',
  'VM.set_memory_limits': 'Change the memory of a VM',
  'VDI.create': 'Create a disk',
  'VDI.destroy': 'Delete a disk',
  'VDI.clone': 'Clone a disk',
  'VDI.resize': 'Resize a disk',
  'VDI.pool_migrate': 'Move a disk',
  'VDI.copy': 'Copy a disk',
  'VBD.plug': 'Plug in a disk',
  'VBD.unplug': 'Unplug a disk',
  'VBD.insert': 'Insert a disc',
  'VBD.eject': 'Eject a disc',
  'VIF.plug': 'Plug in a network card',
  'VIF.unplug': 'Unplug a network card',
  'VIF.move': 'Move a network card',
  'SR.scan': 'Rescan storage',
};

export const taskTitle = ({ about, method }: Pick<JournalEntry, 'about' | 'method'>): string => {
  if (about) return `${about.verb.charAt(0).toUpperCase()}${about.verb.slice(1)} “${about.subject}”`;
  const plain = method.replace(/^Async\./, '');
  return VERBS[plain] ?? plain;
};
