import type { ErrorCode } from '../../../shared/api';
import { bytesText } from '../../ui/text';
import { capital, type Explain, nameOf, sentence } from './words';

const DISK = 'disk';
const SR = 'storage repository';

/** What can go wrong with disks, storage and networks. */
export const STORAGE_ERRORS = {
  SR_FULL: ([requested = '', maximum = '']) => ({
    title: 'The storage is too full',
    detail: `Needed: ${bytesText(Number(requested))}. Free: ${bytesText(Number(maximum))}.`,
    next: 'Choose a smaller disk, or delete disks that nobody needs.',
  }),
  SR_BACKEND_FAILURE: ([status, stdout, stderr]) => ({ title: 'The storage could not do this', detail: sentence(stderr || stdout || status, 'It gave no reason.'), next: 'Check the disk space and the log of the host.' }),
  SR_NOT_ATTACHED: ([sr], look) => ({ title: 'The storage is not attached', detail: `The host is not connected to ${nameOf(look, sr, SR)}.`, next: 'Attach it, then try again.' }),
  SR_HAS_NO_PBDS: ([sr], look) => ({ title: 'The storage is not attached', detail: `No host knows how to reach ${nameOf(look, sr, SR)}.`, next: 'Attach it, then try again.' }),
  SR_ATTACH_FAILED: ([sr], look) => ({ title: 'The storage cannot be attached', detail: `${capital(nameOf(look, sr, SR))} could not be reached.`, next: 'Check that its server or folder is there.' }),
  SR_NOT_EMPTY: () => ({ title: 'The storage is not empty', detail: 'There are still disks on it.', next: 'Delete or move them first.' }),
  SR_HAS_PBD: ([sr], look) => ({ title: 'The storage is in use', detail: `A host is still attached to ${nameOf(look, sr, SR)}.`, next: 'Detach it first.' }),
  SR_OPERATION_NOT_SUPPORTED: ([sr], look) => ({ title: 'This kind of storage cannot do that', detail: `${capital(nameOf(look, sr, SR))} does not offer this operation.`, next: 'Use another storage repository.' }),
  SR_UNKNOWN_DRIVER: ([driver]) => ({ title: 'Unknown kind of storage', detail: `The host has no driver called ${driver ?? '?'}.`, next: 'Choose another kind.' }),
  SR_UUID_EXISTS: ([uuid]) => ({ title: 'The storage is known already', detail: `A storage repository with the uuid ${uuid ?? '?'} exists.`, next: 'Use that one.' }),
  SR_DEVICE_IN_USE: () => ({ title: 'The storage is in use', detail: 'Another storage repository has this folder or device already.', next: 'Choose another one.' }),
  PBD_EXISTS: ([sr], look) => ({ title: 'The host knows this storage already', detail: `It is connected to ${nameOf(look, sr, SR)}.`, next: 'Nothing to do.' }),
  VDI_IN_USE: ([vdi, operation], look) => ({ title: `${capital(nameOf(look, vdi, DISK))} is in use`, detail: `A VM or another operation (${operation ?? 'unknown'}) is using the disk.`, next: 'Shut the VM down, or wait for the operation.' }),
  VDI_TOO_LARGE: ([vdi, maximum], look) => ({ title: 'The disk is too large', detail: `${capital(nameOf(look, vdi, DISK))} may have at most ${bytesText(Number(maximum))}.`, next: 'Choose a smaller size.' }),
  VDI_TOO_SMALL: ([vdi, minimum], look) => ({ title: 'The disk is too small', detail: `${capital(nameOf(look, vdi, DISK))} needs at least ${bytesText(Number(minimum))}. A disk is never made smaller: its data could be cut off.`, next: 'Choose a larger size.' }),
  VDI_READONLY: ([vdi], look) => ({ title: 'The disk is read-only', detail: `${capital(nameOf(look, vdi, DISK))} cannot be changed.`, next: 'Clone it and change the clone.' }),
  VDI_MISSING: ([sr, vdi], look) => ({ title: 'The disk is missing', detail: `${capital(nameOf(look, vdi, DISK))} is not on ${nameOf(look, sr, SR)} any more.`, next: 'Rescan the storage.' }),
  VDI_LOCATION_MISSING: ([sr, location], look) => ({ title: 'The disk is missing', detail: `There is no disk ${location ?? ''} on ${nameOf(look, sr, SR)}.`, next: 'Rescan the storage.' }),
  LOCATION_NOT_UNIQUE: ([sr, location], look) => ({ title: 'The host knows this disk already', detail: `There is a disk ${location ?? ''} on ${nameOf(look, sr, SR)}.`, next: 'Use that one.' }),
  VDI_NOT_AVAILABLE: ([vdi], look) => ({ title: 'The disk cannot be reached', detail: `${capital(nameOf(look, vdi, DISK))} cannot be opened now.`, next: 'Check the storage it is on.' }),
  VDI_NOT_IN_MAP: ([vdi], look) => ({ title: 'No place was given for a disk', detail: `Nobody said where ${nameOf(look, vdi, DISK)} goes.`, next: 'Choose a storage repository for it.' }),
  VDI_NOT_MANAGED: ([vdi], look) => ({ title: 'The host does not manage this disk', detail: `${capital(nameOf(look, vdi, DISK))} is only listed.`, next: 'Use another disk.' }),
  VDI_INCOMPATIBLE_TYPE: ([vdi, type], look) => ({ title: 'Not possible for this kind of disk', detail: `${capital(nameOf(look, vdi, DISK))} is of the kind “${type ?? '?'}”.`, next: 'Use another disk.' }),
  DISK_VBD_MUST_BE_READWRITE_FOR_HVM: () => ({ title: 'The disk must be writable', detail: 'A VM of this kind cannot use a read-only disk.', next: 'Attach it for reading and writing.' }),
  VBD_CDS_MUST_BE_READONLY: () => ({ title: 'A CD is read-only', detail: 'It cannot be attached for writing.', next: 'Attach it read-only.' }),
  VBD_IS_EMPTY: () => ({ title: 'The drive is empty', detail: 'There is no disc in it.', next: 'Insert one first.' }),
  VBD_NOT_EMPTY: () => ({ title: 'There is a disc in the drive', detail: 'Only an empty drive takes one.', next: 'Eject it first.' }),
  VBD_NOT_REMOVABLE_MEDIA: () => ({ title: 'Not a removable disc', detail: 'Only CDs are inserted and ejected.', next: 'Detach the disk instead.' }),
  VBD_NOT_UNPLUGGABLE: () => ({ title: 'Cannot be detached while running', detail: 'The running system holds this disk.', next: 'Shut the VM down first.' }),
  DEVICE_ALREADY_EXISTS: ([device]) => ({ title: 'The position is taken', detail: `There is already a device at position ${device ?? '?'}.`, next: 'Choose another position.' }),
  DEVICE_ALREADY_ATTACHED: () => ({ title: 'Attached already', detail: 'The device is connected to the running VM.', next: 'Nothing to do.' }),
  DEVICE_ALREADY_DETACHED: () => ({ title: 'Detached already', detail: 'The device is not connected to the VM.', next: 'Nothing to do.' }),
  DEVICE_NOT_ATTACHED: () => ({ title: 'The device is not attached', detail: 'It is not connected to the running VM.', next: 'Attach it first.' }),
  DEVICE_DETACH_REJECTED: ([, , message]) => ({ title: 'The guest keeps the device', detail: sentence(message, 'The system in the VM did not let it go.'), next: 'Stop using it inside the VM.' }),
  INVALID_DEVICE: ([device]) => ({ title: 'No such position', detail: `A VM has no device position “${device ?? ''}”.`, next: 'Choose another position.' }),
  ILLEGAL_VBD_DEVICE: ([, device]) => ({ title: 'No such position', detail: `A disk cannot be at position “${device ?? ''}”.`, next: 'Choose another position.' }),
  MAC_INVALID: ([mac]) => ({ title: 'Not a MAC address', detail: `“${mac ?? ''}” is not six pairs of hexadecimal digits.`, next: 'Leave it empty to get one, or write it as 02:00:00:00:00:01.' }),
  NETWORK_CONTAINS_VIF: () => ({ title: 'The network is in use', detail: 'VMs are connected to it.', next: 'Disconnect them first.' }),
  NETWORK_CONTAINS_PIF: () => ({ title: 'The network is in use', detail: 'A network card of the host is connected to it.', next: 'Disconnect it first.' }),
  NETWORK_UNMANAGED: ([network], look) => ({ title: 'The host does not manage this network', detail: `${capital(nameOf(look, network, 'network'))} is only listed.`, next: 'Use another network.' }),
  VIF_IN_USE: () => ({ title: 'The network card is in use', detail: 'The running VM is using it.', next: 'Shut the VM down first.' }),
} satisfies Partial<Record<ErrorCode, Explain>>;
