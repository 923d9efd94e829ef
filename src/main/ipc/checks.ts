/* What a window may say, checked at run time, one check per channel: types end at the process boundary. */
import type { Invoke, PreloadInvoke } from '../../shared/ipc';
import { REQUEST_MAX_BYTES } from '../../shared/lib/limits';

type Check = (value: unknown) => boolean;
const TEXT_MAX_CHARS = 1_024;
const PATH_MAX_CHARS = 32 * 1_024;
const CALL_DEPTH_MAX = 16;
const CALL_VALUES_MAX = 100_000;

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};
const text: Check = value => typeof value === 'string' && value.length <= TEXT_MAX_CHARS;
const pathName: Check = value => typeof value === 'string' && value !== '' && value.length <= PATH_MAX_CHARS && !value.includes('\0');
const bytes: Check = value => value instanceof Uint8Array && value.byteLength <= REQUEST_MAX_BYTES;
const count: Check = value => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const fingerprint: Check = value => typeof value === 'string' && /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(value);
const flag: Check = value => typeof value === 'boolean';
const methodName: Check = value => typeof value === 'string' && /^[A-Za-z_.]{1,128}$/.test(value);

const connectRequest: Check = value => {
  if (!isPlain(value)) return false;
  const { address, user, password, keepPassword, accept, leave, ...others } = value;
  return text(address) && text(user) && text(password) && flag(keepPassword) && (accept === undefined || fingerprint(accept)) && (leave === undefined || leave === true) && Object.keys(others).length === 0;
};

/** What a person may choose, whole. */
const GRAPHS_MAX = 1_000, LINES_MAX = 64;
const listOf = (check: Check, most: number): Check => value => Array.isArray(value) && value.length <= most && value.every(each => check(each));
const recordOf = (fields: Readonly<Record<string, Check>>): Check => value => isPlain(value) && Object.keys(value).every(name => name in fields) && Object.entries(fields).every(([name, check]) => check(value[name]));
const metricsClass: Check = value => value === 'VM' || value === 'host' || value === 'SR';
const savedGraph = recordOf({ id: text, title: text, on: text, lines: listOf(recordOf({ cls: metricsClass, uuid: text, source: text }), LINES_MAX) });
const preferences = recordOf({ graphs: listOf(savedGraph, GRAPHS_MAX), notify: flag, connectAtStart: value => value === undefined || flag(value) });
const notice = recordOf({ title: text, body: text, about: text });

/** What JSON carries: no more can be a parameter of a call. */
const callArguments: Check = value => {
  let values = 0;
  const isJson = (each: unknown, depth: number): boolean => {
    if (++values > CALL_VALUES_MAX || depth > CALL_DEPTH_MAX) return false;
    if (each === null || typeof each === 'string' || typeof each === 'boolean') return true;
    if (typeof each === 'number') return Number.isFinite(each);
    if (Array.isArray(each)) return each.every(inner => isJson(inner, depth + 1));
    return isPlain(each) && Object.values(each).every(inner => isJson(inner, depth + 1));
  };
  return Array.isArray(value) && isJson(value, 0);
};

const oneOf = (...words: readonly string[]): Check => value => typeof value === 'string' && words.includes(value);
const diskFormat = oneOf('raw', 'vhd', 'qcow2', 'vmdk', 'vhdx');
const anyOf = (...checks: readonly Check[]): Check => value => checks.some(check => check(value));
const downloadWish = anyOf(
  recordOf({ what: oneOf('vm'), vm: text, format: oneOf('xva', 'ova'), compression: oneOf('none', 'gzip', 'zstd'), snapshots: flag }),
  recordOf({ what: oneOf('disk'), vdi: text, format: anyOf(diskFormat, oneOf('vhd-fixed')) }),
);
const maybeFlag: Check = value => value === undefined || flag(value);
const uploadWish = anyOf(
  recordOf({ what: oneOf('vm'), sr: text, network: text, restore: flag, resumable: maybeFlag }),
  recordOf({ what: oneOf('new-disk'), sr: text, name: text, format: diskFormat, resumable: maybeFlag }),
  recordOf({ what: oneOf('into-disk'), vdi: text, fromByte: value => value === undefined || count(value), resumable: maybeFlag }),
);

const CHECKS: { readonly [C in keyof (Invoke & PreloadInvoke)]: readonly Check[] } = {
  'app.facts': [],
  'hosts.known': [],
  'hosts.forget': [text],
  'hosts.connect': [],
  'sessions.list': [],
  'session.connect': [connectRequest],
  'session.disconnect': [text],
  'session.retry': [text],
  'session.move': [text, text],
  'session.call': [text, methodName, callArguments],
  'session.records': [text],
  'metrics.watch': [text, flag],
  'metrics.history': [text, metricsClass, text],
  'preferences.read': [],
  'preferences.write': [preferences],
  'notice.show': [notice],
  'outside.browse': [text],
  'outside.answers': [text],
  'outside.reach': [oneOf('ssh', 'rdp'), text],
  'file.choose': [oneOf('any', 'disk', 'iso')],
  'file.place': [text],
  'file.settle': [text, flag],
  'file.dropped': [pathName],
  'transfer.receive': [text, text, text, downloadWish, flag],
  'transfer.send': [text, text, text, uploadWish, flag],
  'transfer.cancel': [text],
  'console.open': [text, text],
  'console.write': [text, bytes],
  'console.ack': [text, count],
  'console.close': [text],
};

/** Whether these may be the arguments of `channel`. */
export const areArguments = <C extends keyof (Invoke & PreloadInvoke)>(channel: C, values: readonly unknown[]): values is Parameters<(Invoke & PreloadInvoke)[C]> => {
  const checks = CHECKS[channel];
  return values.length === checks.length && checks.every((check, i) => check(values[i]));
};
