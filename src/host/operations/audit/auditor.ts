import { isNull, type ClassName, type MessageModel, type Type } from '../../../shared/api';
import { CLASSES } from '../../../shared/api/generated/model';
import type { AuditEntry, AuditLog } from '../../audit/contract';
import type { Reader } from '../../store/contract';
import type { Caller } from '../contract';
import { trackId } from '../session/listing';

/* Which calls the audit log tells of, and in which words: everything that changes something, and what hands out secrets. What is secret itself is left out; references are told with uuid and name,
 * since the object may be gone when somebody reads. */

export interface Auditor {
  /** The arguments of a call, as they are told: before it runs, since it may destroy what they name. */
  args(method: Described, args: readonly unknown[]): Record<string, unknown>;
  /** Says who wants to do what, and answers what says how it ended. @param begins it takes its time: that it was begun is said before */
  tell(what: Told, begins: boolean): (error?: readonly string[]) => void;
  write(entry: AuditEntry): void;
}
export interface Described { cls: ClassName; message: MessageModel; params: readonly { name: string; type: Type }[] }
export interface Told { call: string; caller: Caller; task?: string; args?: Readonly<Record<string, unknown>> }

export const createAuditor = (log: Pick<AuditLog, 'write'>, reader: Reader): Auditor => ({
  args: (method, args) => toldArgs(reader, method, args),
  write: entry => { log.write(entry); },
  tell: ({ call, caller: { user, role, session, origin }, task, args }, begins) => {
    const said = { call, user, role, ...(isNull(session) ? {} : { session: trackId(session) }), from: origin, ...(task === undefined ? {} : { task }) };
    if (begins) log.write({ ...said, phase: 'begun', ...(args ? { args } : {}) });
    return error => { log.write({ ...said, phase: begins ? 'ended' : 'done', ...(begins || !args ? {} : { args }), result: error ? error.map(word => word.slice(0, WORD_MAX_CHARS)) : 'ok' }); };
  },
});

const READING_KINDS = new Set(['getter', 'get_record', 'get_by_uuid', 'get_by_name_label', 'get_all', 'get_all_where', 'get_all_records', 'get_all_records_where']);
const READING = /^(get_|assert_|query_|compute_|is_|probe|maximise_|list_|retrieve_|check_|detect_|wait_|can_|read_|ha_compute_)/;
const READING_CLASSES = new Set(['event', 'role', 'auth']);
/** Every client of an upload says it many times a second. */
const QUIET = new Set(['task.set_progress']);
const HANDS_OUT = new Set(['secret.get_value']);
const READING_FUNCTIONS = new Set(['sessions', 'message_history', 'console_log', 'network_lacks', 'template_memory', 'install_look', 'install_seed', 'p2v_codes', 'p2v_medium', 'audit_log']);

/** Whether calls of this message are told of, by their arguments. Logins are told by the sessions, who know how they end. */
export const isTold = (cls: string, { name, kind, noSession }: MessageModel): ((args: readonly unknown[]) => boolean) => {
  const full = `${cls}.${name}`;
  if (full === 'host.call_plugin') return args => typeof args[2] !== 'string' || !READING_FUNCTIONS.has(args[2]);
  const told = HANDS_OUT.has(full) || (noSession !== true && !READING_KINDS.has(kind) && !READING.test(name) && !READING_CLASSES.has(cls) && !QUIET.has(full));
  return () => told;
};

const WORD_MAX_CHARS = 200;
const ARGS_MAX_CHARS = 4096;
const HIDDEN = '(hidden)';
const SECRET_NAME = /pass|pwd|secret|token|credential|private|seed|user.?data|^form$/i;

const toldArgs = (reader: Reader, { cls, message, params }: Described, args: readonly unknown[]): Record<string, unknown> => {
  if (message.secret === true) return {};
  const given = params.slice(0, args.length), key = args[given.findIndex(({ name }) => name === 'key')], isSecretKey = typeof key === 'string' && SECRET_NAME.test(key);
  const told = Object.fromEntries(given.map(({ name, type }, i) => [name, isSecret(cls, name, message) || (isSecretKey && name === 'value') ? HIDDEN : toldValue(reader, type, args[i])]));
  return JSON.stringify(told).length > ARGS_MAX_CHARS ? Object.fromEntries(Object.entries(told).map(([name, value]) => [name, JSON.stringify(value).slice(0, WORD_MAX_CHARS)])) : told;
};
const isSecret = (cls: string, name: string, message: MessageModel): boolean => SECRET_NAME.test(name) || (cls === 'secret' && name === 'value') || message.params.some(([param, type]) => param === name && type === 'secretstring');

const toldValue = (reader: Reader, type: Type, value: unknown): unknown => {
  if (type.t === 'ref' && typeof value === 'string') return toldRef(reader, type.cls, value);
  if (type.t === 'set' && Array.isArray(value)) return value.slice(0, 100).map(one => toldValue(reader, type.of, one));
  if (type.t === 'record' && isStruct(value)) return masked(value, type.cls === 'secret' ? ['value'] : []);
  return isStruct(value) ? masked(value) : typeof value === 'string' ? value.slice(0, WORD_MAX_CHARS) : value;
};
const isStruct = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys that name a secret (`password_secret` holds a uuid) are told, their values not. */
const masked = (map: Readonly<Record<string, unknown>>, more: readonly string[] = []): Record<string, unknown> => Object.fromEntries(Object.entries(map).map(([key, value]) => {
  if (more.includes(key) || (SECRET_NAME.test(key) && !key.endsWith('_secret')) || /session|cookie/i.test(key)) return [key, HIDDEN];
  return [key, isStruct(value) ? masked(value) : typeof value === 'string' ? value.slice(0, WORD_MAX_CHARS) : value];
}));

const toldRef = (reader: Reader, cls: string, ref: string): unknown => {
  if (cls === 'session') return trackId(ref);
  if (isNull(ref) || !Object.hasOwn(CLASSES, cls)) return isNull(ref) ? '' : ref.slice(0, 60);
  const record = reader.find(cls as ClassName, ref) as { uuid?: string; name_label?: string } | undefined;
  return record?.uuid === undefined ? ref.slice(0, 60) : { uuid: record.uuid, ...(record.name_label === undefined || record.name_label === '' ? {} : { name: record.name_label.slice(0, WORD_MAX_CHARS) }) };
};
