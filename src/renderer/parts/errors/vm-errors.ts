import type { ErrorCode } from '../../../shared/api';
import { bytesText } from '../../ui/text';
import { capital, type Explain, nameOf, sentence } from './words';

const VM = 'VM';
const operationName = (operation: string | undefined): string => (operation ?? 'another operation').replace(/^(Async\.)?VM\./, '').replaceAll('_', ' ');

/** What can go wrong with a VM. */
export const VM_ERRORS = {
  VM_BAD_POWER_STATE: ([vm, expected = '', actual = ''], look) => ({
    title: `${capital(nameOf(look, vm, VM))} is ${actual.toLowerCase()}`,
    detail: `This needs a VM that is ${expected.toLowerCase()}; it is ${actual.toLowerCase()} now. Perhaps someone else was quicker.`,
    next: 'Look at its state in the tree and try again.',
  }),
  OTHER_OPERATION_IN_PROGRESS: ([cls = VM, ref, operation], look) => ({
    title: `${capital(nameOf(look, ref, cls))} is busy`,
    detail: `Another operation is under way on it: ${operationName(operation)}.`,
    next: 'Wait until it has ended, or cancel it in the list of tasks.',
  }),
  HOST_NOT_ENOUGH_FREE_MEMORY: ([needed = '', available = '']) => ({
    title: 'The host has too little free memory',
    detail: `Needed: ${bytesText(Number(needed))}. Free: ${bytesText(Number(available))}.`,
    next: 'Shut down another VM, or give this one less memory.',
  }),
  NO_HOSTS_AVAILABLE: () => ({ title: 'No host can run this VM', detail: 'Each host is switched off, disabled, or lacks what the VM needs.', next: 'Check the hosts in the tree.' }),
  VM_NO_VCPUS: ([vm], look) => ({ title: 'No virtual CPU', detail: `${capital(nameOf(look, vm, VM))} has no virtual CPU to run on.`, next: 'Give it at least one.' }),
  VM_TOO_MANY_VCPUS: ([vm], look) => ({ title: 'Too many virtual CPUs', detail: `${capital(nameOf(look, vm, VM))} has more virtual CPUs than the host can give.`, next: 'Give it fewer.' }),
  HOST_NOT_ENOUGH_PCPUS: ([vcpus, pcpus]) => ({ title: 'The host has too few CPUs', detail: `The VM wants ${vcpus ?? '?'} virtual CPUs; the host has ${pcpus ?? '?'}.`, next: 'Give the VM fewer virtual CPUs.' }),
  MEMORY_CONSTRAINT_VIOLATION: ([constraint]) => ({ title: 'These memory limits do not fit together', detail: sentence(constraint, 'The static and dynamic limits contradict each other.'), next: 'Choose another amount of memory.' }),
  MEMORY_CONSTRAINT_VIOLATION_ORDER: () => ({ title: 'These memory limits do not fit together', detail: 'They must rise: static minimum, dynamic minimum, dynamic maximum, static maximum.', next: 'Choose another amount of memory.' }),
  MEMORY_CONSTRAINT_VIOLATION_MAXPIN: ([reason]) => ({ title: 'This VM needs fixed memory', detail: sentence(reason, 'Its memory may not change while it runs.'), next: 'Set the same minimum and maximum.' }),
  VM_MEMORY_SIZE_TOO_LOW: ([vm], look) => ({ title: 'Too little memory', detail: `${capital(nameOf(look, vm, VM))} cannot start with so little memory.`, next: 'Give it more.' }),
  BOOTLOADER_FAILED: ([vm, message], look) => ({ title: `${capital(nameOf(look, vm, VM))} cannot boot`, detail: sentence(message, 'Its kernel or boot disk cannot be used.'), next: 'Check that its boot disk or kernel is still on the host.' }),
  VM_IS_TEMPLATE: ([vm], look) => ({ title: 'A template is not run', detail: `${capital(nameOf(look, vm, 'object'))} is a template: VMs are made from it.`, next: 'Create a VM from it with New VM.' }),
  VM_CANNOT_DELETE_DEFAULT_TEMPLATE: ([vm], look) => ({ title: 'This template belongs to the host', detail: `${capital(nameOf(look, vm, 'template'))} came with the host and cannot be deleted.`, next: 'Nothing to do.' }),
  VM_CRASHED: ([vm], look) => ({ title: `${capital(nameOf(look, vm, VM))} has crashed`, detail: 'It ended by itself before the operation was done.', next: 'Start it and look at its console.' }),
  VM_HALTED: ([vm], look) => ({ title: `${capital(nameOf(look, vm, VM))} has shut down`, detail: 'It went off before the operation was done.', next: 'Start it again if you need it.' }),
  VM_REBOOTED: ([vm], look) => ({ title: `${capital(nameOf(look, vm, VM))} has rebooted`, detail: 'It rebooted before the operation was done.', next: 'Try again.' }),
  VM_FAILED_SHUTDOWN_ACKNOWLEDGMENT: ([vm], look) => ({ title: 'The guest did not react', detail: `The system in ${nameOf(look, vm, VM)} did not react to the request to shut down.`, next: 'Look at its console; as a last resort use Force shut down.' }),
  VM_SHUTDOWN_TIMEOUT: ([vm, timeout], look) => ({ title: 'The guest did not shut down in time', detail: `The system in ${nameOf(look, vm, VM)} was still running after ${timeout ?? 'some'} seconds.`, next: 'Look at its console; as a last resort use Force shut down.' }),
  VM_MISSING_PV_DRIVERS: ([vm], look) => ({ title: 'The guest has no drivers for this', detail: `The system in ${nameOf(look, vm, VM)} does not take part in this operation.`, next: 'Install the guest tools, or use the Force form.' }),
  VM_LACKS_FEATURE: ([vm], look) => ({ title: 'The guest cannot do this', detail: `The system in ${nameOf(look, vm, VM)} does not offer this operation.`, next: 'Use the Force form.' }),
  VM_NOT_RESIDENT_HERE: ([vm], look) => ({ title: `${capital(nameOf(look, vm, VM))} runs on another host`, detail: 'The host that was asked does not run it.', next: 'Try again: the tree shows where it runs.' }),
  VM_REQUIRES_SR: ([vm, sr], look) => ({ title: 'Storage is missing', detail: `${capital(nameOf(look, vm, VM))} needs ${nameOf(look, sr, 'storage repository')}, which this host cannot reach.`, next: 'Attach the storage repository.' }),
  VM_REQUIRES_VDI: ([vm, vdi], look) => ({ title: 'A disk is missing', detail: `${capital(nameOf(look, vm, VM))} needs the disk ${nameOf(look, vdi, 'disk')}, which cannot be found.`, next: 'Rescan the storage, or remove the disk from the VM.' }),
  VM_REQUIRES_NETWORK: ([vm, network], look) => ({ title: 'A network is missing', detail: `${capital(nameOf(look, vm, VM))} needs the network ${nameOf(look, network, 'network')}, which this host does not have.`, next: 'Connect the VM to another network.' }),
  VM_HVM_REQUIRED: ([vm], look) => ({ title: 'Hardware virtualisation is needed', detail: `${capital(nameOf(look, vm, VM))} needs a processor feature that this host does not offer.`, next: 'Check VT-x or AMD-V in the setup of the machine.' }),
  VM_UNSAFE_BOOT: ([vm], look) => ({ title: 'Starting could damage data', detail: `A disk of ${nameOf(look, vm, VM)} may still be in use somewhere.`, next: 'Make sure that it runs nowhere else.' }),
  VM_DUPLICATE_VBD_DEVICE: ([vm, , device], look) => ({ title: 'Two disks at one place', detail: `${capital(nameOf(look, vm, VM))} has two disks at position ${device ?? '?'}.`, next: 'Move one of them.' }),
  VTPM_MAX_AMOUNT_REACHED: ([amount]) => ({ title: 'This VM has a TPM already', detail: `A VM can have ${amount ?? 'one'}.`, next: 'Nothing to do.' }),
  VCPU_MAX_NOT_CORES_PER_SOCKET_MULTIPLE: ([vcpus, cores]) => ({ title: 'These sockets do not come out even', detail: `The VM can have ${vcpus ?? '?'} virtual CPUs: they cannot be put into sockets of ${cores ?? '?'} cores.`, next: 'Choose another number of CPUs, or of cores per socket.' }),
  DUPLICATE_VM: ([vm], look) => ({ title: 'This VM is here already', detail: `${capital(nameOf(look, vm, VM))} exists on the host.`, next: 'Choose another one.' }),
  DUPLICATE_MAC_SEED: () => ({ title: 'Two VMs would get the same network addresses', detail: 'The seed for MAC addresses is in use already.', next: 'Make a full clone instead.' }),
  FEATURE_REQUIRES_HVM: ([details]) => ({ title: 'Not possible for this kind of VM', detail: sentence(details, 'It needs a VM that boots by firmware.'), next: 'Use a VM that boots by firmware.' }),
} satisfies Partial<Record<ErrorCode, Explain>>;
