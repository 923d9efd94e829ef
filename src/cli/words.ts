/* The errors that a person at a shell meets, in words. What is not here is shown with its code and its parameters' names. */
import { ERRORS, type ErrorCode } from '../shared/api';

type Words = (params: readonly string[]) => string;
const WORDS: Readonly<Partial<Record<ErrorCode, Words>>> = {
  SESSION_AUTHENTICATION_FAILED: ([user]) => `the host does not accept the password of ${user ?? 'this user'}`,
  SESSION_INVALID: () => 'the session has ended',
  VM_BAD_POWER_STATE: ([, expected, actual]) => `the VM is ${actual?.toLowerCase() ?? 'in another state'}; it would have to be ${expected?.toLowerCase() ?? 'in another one'}`,
  OTHER_OPERATION_IN_PROGRESS: () => 'another operation is under way on it',
  OPERATION_NOT_ALLOWED: ([reason]) => `not allowed: ${reason ?? ''}`,
  UUID_INVALID: ([cls, uuid]) => `there is no ${cls ?? 'object'} with uuid ${uuid ?? ''}`,
  HANDLE_INVALID: ([cls, ref]) => `there is no such ${cls ?? 'object'} any more (${ref ?? ''})`,
  VM_IS_TEMPLATE: () => 'this is a template: clone it, or install a VM from it',
  HOST_NOT_ENOUGH_FREE_MEMORY: ([needed, available]) => `the host has not enough free memory: ${needed ?? '?'} bytes are needed, ${available ?? '?'} are free`,
  SR_FULL: ([requested, maximum]) => `the storage repository is full: ${requested ?? '?'} bytes are needed, ${maximum ?? '?'} are possible`,
  MESSAGE_METHOD_UNKNOWN: ([method]) => `this host does not know ${method ?? 'the call'}`,
  TASK_CANCELLED: () => 'the task was cancelled',
  IMPORT_ERROR: ([msg]) => `it cannot be imported: ${msg ?? ''}`,
  IMPORT_ERROR_PREMATURE_EOF: () => 'it cannot be imported: the file ends too soon, or is none of this kind',
  IMPORT_ERROR_SOME_CHECKSUMS_FAILED: () => 'it cannot be imported: the file is damaged',
  IMPORT_ERROR_UNEXPECTED_FILE: ([expected, found]) => `it cannot be imported: ${expected ?? '?'} is due in the archive, and there is ${found ?? '?'}`,
  IMPORT_INCOMPATIBLE_VERSION: () => 'it was exported by a newer version; force=true tries all the same',
  DUPLICATE_VM: () => 'a VM with this uuid is there already',
  HOST_STILL_BOOTING: () => 'the host is still starting',
  LICENCE_RESTRICTION: ([feature]) => `the edition of this host does not include ${feature?.replaceAll('_', ' ') ?? 'this'}`,
  LICENSE_EXPIRED: () => 'the licence has expired',
  LICENSE_CHECKOUT_ERROR: ([, message]) => message ?? 'the licence is not accepted',
  INVALID_EDITION: ([edition]) => `there is no edition "${edition ?? ''}"`,
  RBAC_PERMISSION_DENIED: ([permission]) => `this user may not do that (${permission ?? ''})`,
};

/** A refusal of the host. */
export const inWords = (code: string, params: readonly string[]): string => {
  const words = WORDS[code as ErrorCode];
  if (words) return `${words(params)} [${code}]`;
  const names: readonly string[] = ERRORS[code as ErrorCode] ?? [];
  const told = params.map((value, i) => (names[i] === undefined ? value : `${names[i]}: ${value}`));
  return told.length === 0 ? `the host refused: ${code}` : `the host refused: ${code} (${told.join(', ')})`;
};

const SILENCE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there', ENOTFOUND: 'this name is not known', EAI_AGAIN: 'names cannot be looked up just now', EHOSTUNREACH: 'there is no way to it', ENETUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it does not answer', 'connect-timeout': 'it does not answer', 'call-timeout': 'it did not answer the call in time', closed: 'it closed the connection', ECONNRESET: 'it closed the connection',
  'no-pulse': 'the connection is dead', garbled: 'what it says is not XenAPI', 'too-large': 'the message is too large', EPROTO: 'it does not speak TLS', cancelled: 'cancelled',
  'certificate-changed': 'its certificate has changed', 'certificate-untrusted': 'its certificate is not trusted',
};

/** A host that gave no answer. */
export const silenceInWords = (reason: string): string => (SILENCE[reason] === undefined ? `no answer (${reason})` : `${SILENCE[reason]} (${reason})`);
