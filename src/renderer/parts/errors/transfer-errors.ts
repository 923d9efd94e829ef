import type { ErrorCode } from '../../../shared/api';
import { type Explain, sentence } from './words';

/** What can go wrong with a VM that comes in a file, or goes to another host. */
export const TRANSFER_ERRORS = {
  IMPORT_ERROR: ([message]) => ({ title: 'The file cannot be imported', detail: sentence(message, 'It is no archive of a VM.'), next: 'Choose a file that was exported as XVA.' }),
  IMPORT_ERROR_PREMATURE_EOF: () => ({ title: 'The data ended too soon', detail: 'The connection was cut, or the file is not whole: perhaps its export or its copying was interrupted. Nothing was made.', next: 'Try again; if it stays so, export or copy the file anew.' }),
  IMPORT_ERROR_SOME_CHECKSUMS_FAILED: () => ({ title: 'The file is damaged', detail: 'A block of a disk is not what its checksum says. Nothing was made.', next: 'Copy the file again. To take it as it is: xe vm-import force=true.' }),
  IMPORT_ERROR_UNEXPECTED_FILE: ([expected, found]) => ({ title: 'The archive is not in order', detail: `Due in it is ${expected ?? 'another part'}, and there is ${found ?? 'something else'}. Nothing was made.`, next: 'Export it again.' }),
  IMPORT_ERROR_FAILED_TO_FIND_OBJECT: ([id]) => ({ title: 'Something is missing here', detail: `The archive speaks of ${id ?? 'an object'}, which this host has not.`, next: 'Import the VM with its disks.' }),
  IMPORT_ERROR_CANNOT_HANDLE_CHUNKED: () => ({ title: 'The program that sends it is not understood', detail: 'It sends in chunks and says no length, which hosts do not take.', next: 'Import the file with this console or with xe.' }),
  IMPORT_INCOMPATIBLE_VERSION: () => ({ title: 'Exported by a newer version', detail: 'What this archive says may mean something else than this host knows.', next: 'Update the host. To try all the same: xe vm-import force=true.' }),
  VM_MIGRATE_FAILED: ([, , , message]) => ({ title: 'The VM did not go to the other host', detail: sentence(message, 'The other host did not take it. It is here as it was.'), next: 'Put right what the other host says, and send it again.' }),
} satisfies Partial<Record<ErrorCode, Explain>>;
