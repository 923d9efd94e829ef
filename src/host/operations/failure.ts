import { ApiError } from '../../shared/api';
import { EngineError } from '../engine/contract';
import { GuestError, InstallError } from '../guests/contract';
import { NetworkError } from '../network/contract';
import { StorageError } from '../storage/contract';
import { TransferError } from '../transfer/contract';

/* What a driver throws, said in XenAPI's codes. The detail is the driver's own plain sentence. */

/** What the operation was about, as far as it is known: references. */
export interface About { vm?: string; vdi?: string; sr?: string; pif?: string; network?: string; operation?: string }

export const toApiError = (error: unknown, about: About): ApiError => {
  if (error instanceof ApiError) return error;
  if (error instanceof EngineError) return ofEngine(error, about);
  if (error instanceof StorageError) return ofStorage(error, about);
  if (error instanceof NetworkError) return ofNetwork(error, about);
  if (error instanceof TransferError) return ofTransfer(error);
  if (error instanceof GuestError) return error.kind === 'busy' ? new ApiError('OPERATION_NOT_ALLOWED', error.message) : new ApiError('XENAPI_PLUGIN_FAILURE', error.kind.toUpperCase(), '', error.message);
  if (error instanceof InstallError) return about.vm === undefined ? new ApiError('INVALID_VALUE', error.kind === 'bad-form' ? 'form' : 'install-repository', error.message) : new ApiError('BOOTLOADER_FAILED', about.vm, error.message);
  return new ApiError('INTERNAL_ERROR', messageOf(error));
};

/** Runs `work`; what it throws becomes a XenAPI error. */
export const translated = async <T>(about: About, work: () => T | Promise<T>): Promise<T> => {
  try { return await work(); } catch (error) { throw toApiError(error, about); }
};

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const ofEngine = (error: EngineError, { vm = '' }: About): ApiError => {
  switch (error.kind) {
    case 'already-running': return new ApiError('VM_BAD_POWER_STATE', vm, 'halted', 'running');
    case 'not-running': return new ApiError('VM_BAD_POWER_STATE', vm, 'running', 'halted');
    case 'missing-program':
    case 'start-failed': return new ApiError('FAILED_TO_START_EMULATOR', vm, 'qemu', error.message);
    case 'refused': return new ApiError('OPERATION_NOT_ALLOWED', error.message);
    case 'unsupported': return new ApiError('VALUE_NOT_SUPPORTED', 'operation', '', error.message);
    case 'unresponsive': return new ApiError('INTERNAL_ERROR', `the virtual machine's process does not answer: ${error.message}`);
  }
};

const ofStorage = (error: StorageError, { vdi = '', sr = '', operation = '' }: About): ApiError => {
  switch (error.kind) {
    case 'no-space': return new ApiError('SR_FULL', String(error.requestedBytes), String(error.availableBytes));
    case 'not-found': return new ApiError('VDI_MISSING', sr, vdi);
    case 'in-use': return new ApiError('VDI_IN_USE', vdi, operation);
    case 'not-attached': return new ApiError('SR_NOT_ATTACHED', sr);
    case 'unsupported': return new ApiError('SR_OPERATION_NOT_SUPPORTED', sr);
    case 'bad-config': return new ApiError('INVALID_VALUE', 'device_config', error.message);
    case 'refused':
    case 'io': return new ApiError('SR_BACKEND_FAILURE', '1', '', error.message);
  }
};

const ofNetwork = (error: NetworkError, { pif = '' }: About): ApiError => {
  switch (error.kind) {
    case 'unsupported': return new ApiError('VALUE_NOT_SUPPORTED', 'network', '', error.message);
    case 'in-use': return new ApiError('OPERATION_NOT_ALLOWED', error.message);
    case 'not-found':
    case 'failed': return new ApiError('PIF_CONFIGURATION_ERROR', pif, error.message);
  }
};

const ofTransfer = (error: TransferError): ApiError => {
  switch (error.kind) {
    case 'premature-eof': return new ApiError('IMPORT_ERROR_PREMATURE_EOF');
    case 'checksum': return new ApiError('IMPORT_ERROR_SOME_CHECKSUMS_FAILED');
    case 'unexpected-file': return new ApiError('IMPORT_ERROR_UNEXPECTED_FILE', error.expected, error.found);
    case 'malformed':
    case 'too-large': return new ApiError('IMPORT_ERROR', error.message);
    case 'unsupported': return new ApiError('VALUE_NOT_SUPPORTED', 'format', '', error.message);
    case 'refused': return new ApiError('OPERATION_NOT_ALLOWED', error.message);
  }
};
