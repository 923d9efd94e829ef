import type { ErrorCode } from '../../../shared/api';
import { capital, type Explain, nameOf, sentence } from './words';

const REPORT = 'Update the host or this program; if that does not help, copy the details for the support.';

/** What the host says about calls, sessions and itself. */
export const HOST_ERRORS = {
  SESSION_AUTHENTICATION_FAILED: ([user]) => ({
    title: 'User name or password is wrong',
    detail: user ? `The host did not let “${user}” in.` : 'The host did not let you in.',
    next: 'Check Caps Lock and the user name, then type the password again. Several wrong tries slow the host down.',
  }),
  SESSION_AUTHORIZATION_FAILED: ([user]) => ({ title: 'This user may not log in', detail: `“${user ?? ''}” has no role on this host.`, next: 'Ask an administrator of the host.' }),
  SUBJECT_CANNOT_BE_RESOLVED: () => ({ title: 'There is no such user', detail: 'Neither this host nor its machine knows a user or group of this name.', next: 'Check the name.' }),
  SUBJECT_ALREADY_EXISTS: () => ({ title: 'This user is known already', detail: 'The host has let this user or group in before.', next: 'Change the role in the list of users instead.' }),
  ROLE_NOT_FOUND: () => ({ title: 'There is no such role here', detail: 'The host does not know this role, or the user does not have it.', next: 'Choose another one.' }),
  ROLE_ALREADY_EXISTS: () => ({ title: 'The user has this role already', detail: 'There is nothing to change.', next: 'Close this.' }),
  AUTH_ALREADY_ENABLED: ([type, service]) => ({ title: 'Users of another list may log in already', detail: `It is switched on${type ? ` for ${type}` : ''}${service ? `, service ${service}` : ''}.`, next: 'Switch it off first.' }),
  AUTH_UNKNOWN_TYPE: ([type]) => ({ title: 'The host does not know this list of users', detail: `It cannot ask ${type ? `“${short(type)}”` : 'this kind of list'}.`, next: 'Use PAM: the list of the machine itself, which can ask a directory.' }),
  AUTH_ENABLE_FAILED: ([message]) => ({ title: 'Users of the machine cannot log in here', detail: sentence(message, 'The host gave no reason.'), next: 'Mend that on the host, then try again.' }),
  SESSION_INVALID: () => ({ title: 'The session has ended', detail: 'The host has logged you out.', next: 'It connects again by itself; then try again.' }),
  SESSION_NOT_REGISTERED: () => ({ title: 'The host tells no changes', detail: 'The session is not registered for events.', next: 'Disconnect and connect again.' }),
  RBAC_PERMISSION_DENIED: ([permission]) => ({ title: 'You may not do this', detail: `Your role lacks the permission ${permission ?? ''}.`, next: 'Ask an administrator of the host.' }),
  PERMISSION_DENIED: ([message]) => ({ title: 'You may not do this', detail: sentence(message, 'The host does not permit it.'), next: 'Ask an administrator of the host.' }),
  USER_IS_NOT_LOCAL_SUPERUSER: ([message]) => ({ title: 'Only the administrator may do this', detail: sentence(message, 'Log in as the local administrator.'), next: 'Connect as that user.' }),
  HOST_IS_SLAVE: ([address]) => ({ title: 'This host is a member of a pool', detail: `The pool is managed at ${address ?? 'another host'}.`, next: 'Connect to that address.' }),
  HOST_OFFLINE: ([host], look) => ({ title: 'The host is switched off', detail: `${capital(nameOf(look, host, 'host'))} does not answer.`, next: 'Switch it on.' }),
  HOST_DISABLED: ([host], look) => ({ title: 'The host takes no VMs', detail: `${capital(nameOf(look, host, 'host'))} is disabled.`, next: 'Enable it first.' }),
  HOST_STILL_BOOTING: () => ({ title: 'The host is still starting', detail: 'It does not take orders yet.', next: 'Wait a moment and try again.' }),
  CANNOT_CONTACT_HOST: ([host], look) => ({ title: 'A host does not answer', detail: `${capital(nameOf(look, host, 'host'))} could not be reached.`, next: 'Check its network.' }),
  HANDLE_INVALID: ([cls = 'object']) => ({ title: `This ${cls} is gone`, detail: `The host does not know it any more: it was deleted, perhaps by someone else.`, next: 'Choose another one.' }),
  UUID_INVALID: ([type = 'object', uuid]) => ({ title: `There is no such ${type}`, detail: `The host knows no ${type} with the uuid ${uuid ?? '?'}.`, next: 'Check the uuid.' }),
  OPERATION_NOT_ALLOWED: ([reason]) => ({ title: 'The host does not allow this now', detail: sentence(reason, 'It gave no reason.'), next: 'Look at the state of the object and try again.' }),
  OPERATION_BLOCKED: ([ref, code], look) => ({ title: `${capital(nameOf(look, ref, 'object'))} is protected`, detail: code?.includes(' ') === true ? sentence(code, '') : `Someone has blocked this operation${code && code !== 'true' ? ` (${code})` : ''}.`, next: 'Take the block away first.' }),
  OPERATION_PARTIALLY_FAILED: ([operation]) => ({ title: 'Only a part was done', detail: `The operation ${operation ?? ''} did not succeed everywhere.`, next: 'Look at the list of tasks.' }),
  TASK_CANCELLED: () => ({ title: 'Cancelled', detail: 'It was stopped before its end.', next: 'Start it again if you need it.' }),
  INVALID_VALUE: ([field, value]) => ({ title: 'A value is not accepted', detail: `“${short(value)}” is not possible for ${field ?? 'this field'}.`, next: 'Change it and try again.' }),
  VALUE_NOT_SUPPORTED: ([field, value, reason]) => ({ title: 'A value is not supported', detail: `“${short(value)}” is not possible for ${field ?? 'this field'}. ${sentence(reason, '')}`.trim(), next: 'Change it and try again.' }),
  FIELD_TYPE_ERROR: ([field]) => ({ title: 'A value is of the wrong kind', detail: `The host expects something else for ${field ?? 'a field'}.`, next: REPORT }),
  MAP_DUPLICATE_KEY: ([, field, , key]) => ({ title: 'The key exists already', detail: `There is an entry “${short(key)}” in ${field ?? 'it'} already.`, next: 'Remove the old one first.' }),
  MESSAGE_METHOD_UNKNOWN: ([method]) => ({ title: 'This host cannot do that', detail: `It does not know ${method ?? 'the method'}.`, next: 'Update the host.' }),
  MESSAGE_PARAMETER_COUNT_MISMATCH: ([method, expected, received]) => ({ title: 'Host and program do not fit together', detail: `The method ${method ?? ''} takes ${expected ?? '?'} values; ${received ?? '?'} were sent.`, next: REPORT }),
  MESSAGE_REMOVED: () => ({ title: 'This host cannot do that any more', detail: 'The method was removed in its version.', next: REPORT }),
  MESSAGE_DEPRECATED: () => ({ title: 'This host cannot do that any more', detail: 'The method is out of date in its version.', next: REPORT }),
  NOT_IMPLEMENTED: ([what]) => ({ title: 'The host cannot do that yet', detail: `It does not implement ${what ?? 'this'}.`, next: 'Update the host.' }),
  UNIMPLEMENTED_IN_SM_BACKEND: ([message]) => ({ title: 'This kind of storage cannot do that', detail: sentence(message, 'Its driver does not implement it.'), next: 'Use another storage repository.' }),
  EVENTS_LOST: () => ({ title: 'Changes were missed', detail: 'The host could not tell every change.', next: 'Everything is being read again by itself.' }),
  EVENT_FROM_TOKEN_PARSE_FAILURE: () => ({ title: 'The host does not know where we stopped', detail: 'Its list of changes has started anew.', next: 'Everything is being read again by itself.' }),
  EVENT_SUBSCRIPTION_PARSE_FAILURE: ([what]) => ({ title: 'Host and program do not fit together', detail: `The host tells no changes of “${what ?? ''}”.`, next: REPORT }),
  XENAPI_MISSING_PLUGIN: ([name]) => ({ title: 'The host lacks an extension', detail: `There is no plug-in “${name ?? ''}”.`, next: 'Install it on the host.' }),
  XENAPI_PLUGIN_FAILURE: ([status, , stderr]) => (status === 'NOT_DELIVERED' ? { title: 'It was not delivered', detail: sentence(stderr, 'The other side gave no reason.'), next: 'Check what is set, and whether the host reaches that server.' } : { title: 'An extension of the host failed', detail: sentence(stderr || status, 'It gave no reason.'), next: 'Look at the log of the host.' }),
  XMLRPC_UNMARSHAL_FAILURE: () => ({ title: 'Host and program do not fit together', detail: 'The host could not read a value that was sent.', next: REPORT }),
  LICENCE_RESTRICTION: ([feature]) => ({ title: 'Not in this edition', detail: `The edition of the host does not include ${FEATURE_WORDS[feature ?? ''] ?? feature ?? 'this'}.`, next: 'Apply a licence that does.' }),
  LICENSE_EXPIRED: () => ({ title: 'The licence has expired', detail: 'It does not count any more: without another one the host is an Express edition. Nothing stops.', next: 'Apply a newer licence.' }),
  LICENSE_CHECKOUT_ERROR: ([, message]) => ({ title: 'The licence is not accepted', detail: sentence(message, 'The host gave no reason.'), next: 'Apply another licence; what was there before stays.' }),
  INVALID_EDITION: ([edition]) => ({ title: 'There is no such edition', detail: `The host knows no edition “${short(edition)}”.`, next: 'Choose another one.' }),
  FEATURE_RESTRICTED: () => ({ title: 'Not in this edition', detail: 'The edition of the host does not include this.', next: 'Apply a licence that does.' }),
  CHANGE_PASSWORD_REJECTED: ([message]) => ({ title: 'The password was not changed', detail: sentence(message, 'The host does not accept it.'), next: 'Choose another password.' }),
  FAILED_TO_START_EMULATOR: ([vm, , message], look) => ({ title: `${capital(nameOf(look, vm, 'VM'))} cannot be run`, detail: sentence(message, 'QEMU did not start.'), next: 'Look at the log of the host.' }),
  DEFAULT_SR_NOT_FOUND: () => ({ title: 'No default storage', detail: 'The host does not know where new disks go.', next: 'Choose a default storage repository.' }),
  TOO_BUSY: () => ({ title: 'The host is too busy', detail: 'It takes no more orders at the moment.', next: 'Wait a moment and try again.' }),
  TOO_MANY_PENDING_TASKS: () => ({ title: 'The host is too busy', detail: 'Too many tasks are waiting.', next: 'Wait until some have ended.' }),
  INTERNAL_ERROR: ([message]) => ({ title: 'The host made a mistake', detail: sentence(message, 'It gave no reason.'), next: 'Try again. If it happens again, look at the log of the host and copy the details for the support.' }),
} satisfies Partial<Record<ErrorCode, Explain>>;

/** Of shared/rules/editions. */
const FEATURE_WORDS: Readonly<Record<string, string>> = { linux_guests: 'Linux guests and their templates', shared_storage: 'shared storage' };

const SHOWN_CHARS = 80;
/** A name of 64 KiB is not read to its end by anybody. */
const short = (value = ''): string => (value.length > SHOWN_CHARS ? `${value.slice(0, SHOWN_CHARS)}… (${value.length} characters)` : value);
