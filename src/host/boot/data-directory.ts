import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync, rmSync, accessSync, constants } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Disposable } from '../../shared/lib/emitter';

/* Files of the service: where they are, and that nobody else reads the secret ones. */

/** Something that the person who starts the service must put right. */
export class SetUpError extends Error {}

export interface DataDirectory { database: string; tls: string; run: string; kept: string; cache: string; boot: string; install: string; templates: string; mounts: string; network: string; spool: string; metrics: string; audit: string; localSr(uuid: string): string }

/** A QEMU of an unprivileged user passes through it to its disk; it can list nothing. Secrets are in files of 0600 and folders of 0700. */
export const prepareDataDirectory = (data: string): DataDirectory => {
  const make = (name: string, mode: number): string => {
    const folder = path.join(data, name);
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, mode);
    return folder;
  };
  try {
    if (mkdirSync(data, { recursive: true }) !== undefined) chmodSync(data, 0o711);
    else if (statSync(data).uid === process.getuid?.()) chmodSync(data, statSync(data).mode & 0o777 | 0o011);
    accessSync(data, constants.W_OK | constants.X_OK);
    const sr = make('sr', 0o711);
    rmSync(path.join(data, 'spool'), { recursive: true, force: true }); // of transfers that an earlier service has begun
    // QEMU passes through `run` to its machine's own folder, which is 0700 and belongs to it, and through `kept` to its machine's variables.
    return { database: path.join(data, 'state.db'), tls: make('tls', 0o700), run: make('run', 0o711), kept: make('kept', 0o711), cache: make('cache', 0o700), boot: make('boot', 0o711), install: make('install', 0o711), templates: make('templates', 0o711), mounts: make('mounts', 0o711), network: make('network', 0o700), spool: make('spool', 0o711), metrics: make('metrics', 0o700), audit: make('audit', 0o700), localSr: uuid => path.join(sr, uuid) };
  } catch (error) { throw new SetUpError(`the data directory ${data} cannot be used: ${(error as Error).message}`); }
};

export const readPassword = (file: string): string => {
  let text: string;
  try { text = readFileSync(file, 'utf8'); } catch (error) { throw new SetUpError(`the password file cannot be read: ${(error as Error).message}`); }
  const [password = ''] = text.split(/\r?\n/);
  if (password === '') throw new SetUpError(`the first line of ${file} should be the password, and is empty`);
  return password;
};

/** Easy to read aloud: no letter that looks like another. */
export const makePassword = (): string => {
  const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'.slice(0, 31);
  const letters: string[] = [];
  while (letters.length < 20) for (const byte of randomBytes(32)) if (byte < 248 && letters.length < 20) letters.push(ALPHABET[byte % 31] ?? '');
  return letters.join('').replace(/(.{5})(?=.)/g, '$1-');
};

/** A fresh secret for programs that may read this file; gone with the service. */
export const writeLocalToken = (file: string): Disposable & { token: string } => {
  const token = randomBytes(32).toString('base64url');
  try {
    rmSync(file, { force: true });
    writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) { throw new SetUpError(`the local token file cannot be written: ${(error as Error).message}`); }
  return { token, dispose: () => { rmSync(file, { force: true }); } };
};
