import type { ErrorCode } from '../../../shared/api';
import { capital, type Explain, nameOf, sentence } from './words';

const VM = 'VM';
const DISK = 'disk';

/** What can go wrong with suspending, snapshots, and disks that are copied or moved meanwhile. */
export const SNAPSHOT_ERRORS = {
  VM_SNAPSHOT_WITH_QUIESCE_NOT_SUPPORTED: ([vm, error], look) => ({ title: 'The guest cannot be quiesced', detail: sentence(error, `The system in ${nameOf(look, vm, VM)} has no guest agent that could write everything to the disks first.`), next: 'Take a snapshot of the disks only, or install the guest agent.' }),
  VM_SNAPSHOT_WITH_QUIESCE_FAILED: ([vm], look) => ({ title: 'The guest was not still', detail: `The system in ${nameOf(look, vm, VM)} did not write everything to its disks in time. No snapshot was taken.`, next: 'Try again, or take a snapshot of the disks only.' }),
  VM_REVERT_FAILED: ([vm, snapshot], look) => ({ title: 'Going back failed', detail: `${capital(nameOf(look, vm, VM))} could not go back to ${nameOf(look, snapshot, 'snapshot')}.`, next: 'Look at its disks under Storage, then try again.' }),
  VM_NO_SUSPEND_SR: ([vm], look) => ({ title: 'No place for the memory', detail: `There is no storage where the memory of ${nameOf(look, vm, VM)} could be written.`, next: 'Attach a storage repository, or choose a default one.' }),
  VM_HAS_NO_SUSPEND_VDI: ([vm], look) => ({ title: 'The saved memory is gone', detail: `What was saved when ${nameOf(look, vm, VM)} was suspended cannot be found.`, next: 'Use Force shut down and start it anew.' }),
  SUSPEND_IMAGE_NOT_ACCESSIBLE: ([vdi], look) => ({ title: 'The saved memory cannot be reached', detail: `${capital(nameOf(look, vdi, 'saved memory'))} is on storage that this host cannot reach.`, next: 'Attach that storage, then try again.' }),
  VM_CHECKPOINT_SUSPEND_FAILED: ([vm], look) => ({ title: 'The memory could not be saved', detail: `${capital(nameOf(look, vm, VM))} could not be held still for the snapshot.`, next: 'Try again, or take a snapshot of the disks only.' }),
  VM_CHECKPOINT_RESUME_FAILED: ([vm], look) => ({ title: 'The VM did not go on', detail: `The snapshot of ${nameOf(look, vm, VM)} was taken, but the VM did not go on afterwards.`, next: 'Resume it; if that does not help, revert to the snapshot.' }),
  VM_HAS_CHECKPOINT: ([vm], look) => ({ title: 'There is a snapshot with memory', detail: `${capital(nameOf(look, vm, VM))} has a snapshot with memory that stands in the way.`, next: 'Delete that snapshot first.' }),
  DEVICE_ATTACH_TIMEOUT: ([type]) => ({ title: 'Plugging in took too long', detail: `The system in the VM did not take the ${type ?? 'device'} in time.`, next: 'Try again; if that does not help, restart the VM.' }),
  DEVICE_DETACH_TIMEOUT: ([type]) => ({ title: 'Unplugging took too long', detail: `The system in the VM did not let the ${type ?? 'device'} go in time.`, next: 'Stop using it inside the VM, then try again.' }),
  MAC_STILL_EXISTS: ([mac]) => ({ title: 'The MAC address is taken', detail: `A network card with the address ${mac ?? '?'} exists.`, next: 'Choose another one, or none: then the host chooses.' }),
  MIRROR_FAILED: ([vdi], look) => ({ title: 'Moving the disk failed', detail: `${capital(nameOf(look, vdi, DISK))} could not be copied to the end. It is still where it was.`, next: 'Look at the space and the connection of both storages, then try again.' }),
  VDI_COPY_FAILED: () => ({ title: 'Copying the disk failed', detail: 'The copy came to no good end; the disk itself was not changed.', next: 'Look at the space and the connection of both storages, then try again.' }),
} satisfies Partial<Record<ErrorCode, Explain>>;
