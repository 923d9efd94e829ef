import type { ErrorCode } from '../../../shared/api';
import { type Explain, sentence } from './words';

/** What can go wrong with a VM that comes in a file. */
export const TRANSFER_ERRORS = {
  IMPORT_ERROR: ([message]) => ({ title: 'The file cannot be imported', detail: sentence(message, 'It is no archive of a VM.'), next: 'Choose a file that was exported as XVA.' }),
  IMPORT_ERROR_PREMATURE_EOF: () => ({ title: 'The file ends too soon', detail: 'It is no whole archive: perhaps its export or its copying was interrupted. Nothing was made.', next: 'Export or copy it again.' }),
  IMPORT_ERROR_SOME_CHECKSUMS_FAILED: () => ({ title: 'The file is damaged', detail: 'A block of a disk is not what its checksum says. Nothing was made.', next: 'Copy the file again. To take it as it is: xe vm-import force=true.' }),
  IMPORT_ERROR_UNEXPECTED_FILE: ([expected = '', found = '']) => ({ title: 'The archive is not in order', detail: `${expected} is due in it, and there is ${found}. Nothing was made.`, next: 'Export it again.' }),
  IMPORT_ERROR_FAILED_TO_FIND_OBJECT: ([id]) => ({ title: 'Something is missing here', detail: `The archive speaks of ${id ?? 'an object'}, which this host has not.`, next: 'Import the VM with its disks.' }),
  IMPORT_INCOMPATIBLE_VERSION: () => ({ title: 'Exported by a newer version', detail: 'What this archive says may mean something else than this host knows.', next: 'Update the host. To try all the same: xe vm-import force=true.' }),
} satisfies Partial<Record<ErrorCode, Explain>>;
