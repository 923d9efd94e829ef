import type { GuestFacts } from '../../contract';

/* What a guest says of itself, held to a shape: it is shown to people and kept in records, so it is short, printable, and of the right kind - or it is not there. */

const TEXT_MAX_CHARS = 256;
const INTERFACES_MAX = 64, ADDRESSES_MAX = 32, FILESYSTEMS_MAX = 64;

/** The answers as they came; undefined for a question that the agent did not know. */
export interface Answers { info: unknown; os: unknown; host: unknown; interfaces: unknown; filesystems: unknown }

export const readFacts = ({ info, os, host, interfaces, filesystems }: Answers): GuestFacts => {
  const system = readOs(os), hostname = text(asObject(host)?.['host-name']), disks = readFilesystems(filesystems);
  return {
    agentVersion: text(asObject(info)?.['version']) ?? '', interfaces: readInterfaces(interfaces),
    ...(system ? { os: system } : {}), ...(hostname === undefined ? {} : { hostname }), ...(disks ? { filesystems: disks } : {}),
  };
};

/** Of guest-exec. */
export const readPid = (said: unknown): number | undefined => size(asObject(said)?.['pid']);
/** Of guest-exec-status. One that a signal has ended has no exit code. */
export const readExecStatus = (said: unknown): { exited: boolean; exitStatus: number; said: string } | undefined => {
  const status = asObject(said), exited = status?.['exited'];
  if (typeof exited !== 'boolean') return undefined;
  const output = ['out-data', 'err-data'].map(part => status?.[part]).filter(part => typeof part === 'string').map(part => Buffer.from(part.slice(0, OUTPUT_MAX_CHARS), 'base64').toString('utf8')).join('');
  return { exited, exitStatus: size(status?.['exitcode']) ?? 255, said: text(output) ?? '' };
};
const OUTPUT_MAX_CHARS = 4_096;

const readOs = (said: unknown): GuestFacts['os'] => {
  const os = asObject(said);
  if (!os) return undefined;
  return {
    id: text(os['id']) ?? '', name: text(os['pretty-name']) ?? text(os['name']) ?? '', version: text(os['version-id']) ?? text(os['version']) ?? '', kernel: text(os['kernel-release']) ?? '',
  };
};

const readInterfaces = (said: unknown): GuestFacts['interfaces'] => asArray(said, INTERFACES_MAX).flatMap(each => {
  const one = asObject(each), name = text(one?.['name']), mac = text(one?.['hardware-address'])?.toLowerCase() ?? '';
  if (!one || name === undefined || !/^([0-9a-f]{2}(:[0-9a-f]{2}){5})?$/.test(mac)) return [];
  const addresses = asArray(one['ip-addresses'], ADDRESSES_MAX).flatMap(address => {
    const ip = text(asObject(address)?.['ip-address']);
    return ip !== undefined && /^[0-9a-fA-F:.]{2,45}$/.test(ip) ? [ip] : [];
  });
  return [{ name, mac, addresses }];
});

const readFilesystems = (said: unknown): GuestFacts['filesystems'] => {
  if (!Array.isArray(said)) return undefined;
  return asArray(said, FILESYSTEMS_MAX).flatMap(each => {
    const one = asObject(each), mountpoint = text(one?.['mountpoint']), totalBytes = size(one?.['total-bytes']), usedBytes = size(one?.['used-bytes']);
    if (!one || mountpoint === undefined || totalBytes === undefined || usedBytes === undefined || asArray(one['disk'], 1).length === 0) return [];
    return [{ mountpoint, totalBytes, usedBytes }];
  });
};

const asObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : undefined);
const asArray = (value: unknown, most: number): readonly unknown[] => (Array.isArray(value) ? value.slice(0, most) : []);
const text = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return undefined;
  const shown = Array.from(value.slice(0, 4 * TEXT_MAX_CHARS).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')).slice(0, TEXT_MAX_CHARS).join('').trim();
  return shown === '' ? undefined : shown;
};
const size = (value: unknown): number | undefined => (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined);
