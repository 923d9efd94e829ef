import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readKnownHosts, rememberHost } from '../../client';
import { secretsOf, type SafeStorage } from './secrets';
import { Settings } from './settings';

// The `electron` package answers with this path in Node, where it would otherwise look for a download.
process.env['ELECTRON_OVERRIDE_DIST_PATH'] ??= '/nonexistent';
const { openSettingsFile } = await import('./settings-file');
const { openSharedHosts } = await import('./shared-hosts');

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
const host = (address: string, lastUsed = '2026-01-01T00:00:00Z', user = 'root') => ({ address, user, fingerprint: FINGERPRINT, lastUsed });
const storage = (more: Partial<SafeStorage> = {}): SafeStorage => ({
  isEncryptionAvailable: () => true, getSelectedStorageBackend: () => 'gnome_libsecret',
  encryptString: text => Buffer.from([...Buffer.from(text)].map(byte => byte ^ 0x55)),
  decryptString: sealed => Buffer.from([...sealed].map(byte => byte ^ 0x55)).toString(), ...more,
});
let folder: string;
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'settings-')); });
afterEach(() => { fs.rmSync(folder, { recursive: true }); vi.restoreAllMocks(); });
const open = (secrets = secretsOf(storage(), 'linux')): Settings => new Settings(openSettingsFile(folder), secrets);
const onDisk = (): string => fs.readFileSync(path.join(folder, 'settings.json'), 'utf8');

describe('Settings', () => {
  it('shares known hosts with xe, and not passwords', () => {
    const file = path.join(folder, 'shared', 'known-hosts.json'), other = FINGERPRINT.replaceAll('A', 'C');
    const opened = (): Settings => new Settings(openSettingsFile(folder), secretsOf(storage(), 'linux'), openSharedHosts(file));
    opened().remember(host('a'), 'open sesame');
    expect(fs.readFileSync(file, 'utf8')).not.toContain('sesame');
    expect(readKnownHosts(file)).toEqual(new Map([['a', { fingerprint: FINGERPRINT, user: 'root', lastUsed: host('a').lastUsed }]]));
    rememberHost(file, 'b', { fingerprint: FINGERPRINT, user: 'ada', lastUsed: '2026-02-01T00:00:00Z' }); // by xe
    rememberHost(file, 'a', { fingerprint: other }); // its certificate was renewed, and xe was told so
    expect(opened().knownHosts().map(({ address, user, passwordKept }) => [address, user, passwordKept])).toEqual([['b', 'ada', false], ['a', 'root', true]]);
    expect(opened().fingerprintOf('a')).toBe(other);
    opened().forget('a');
    expect(readKnownHosts(file).has('a')).toBe(false);
    expect(opened().fingerprintOf('a')).toBeUndefined();
    const complaint = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    fs.writeFileSync(file, '{');
    opened().remember(host('c'), undefined);
    expect(opened().fingerprintOf('c')).toBe(FINGERPRINT);
    expect(complaint).toHaveBeenCalled();
    expect(fs.readFileSync(file, 'utf8')).toBe('{');
  });
  it('remembers hosts over a restart, the last used first', () => {
    const settings = open();
    settings.remember(host('a', '2026-01-01T00:00:00Z'), undefined);
    settings.remember(host('b', '2026-01-02T00:00:00Z'), undefined);
    settings.rememberWindow({ x: 1, y: 2, width: 3, height: 4, maximised: true });
    expect(open().knownHosts()).toEqual([{ ...host('b', '2026-01-02T00:00:00Z'), passwordKept: false }, { ...host('a'), passwordKept: false }]);
    expect(open().windowPlace).toEqual({ x: 1, y: 2, width: 3, height: 4, maximised: true });
    expect(open().fingerprintOf('a')).toBe(FINGERPRINT);
    expect(open().fingerprintOf('c')).toBeUndefined();
  });
  it('keeps what a person prefers', () => {
    expect(open().preferences).toEqual({ graphs: [], notify: true });
    const preferences = { graphs: [{ id: 'g', title: 'Mine', on: 'u', lines: [{ cls: 'VM' as const, uuid: 'u', source: 'cpu0' }] }], notify: false };
    open().prefer(preferences);
    open().remember(host('a'), undefined);
    expect(open().preferences).toEqual(preferences);
  });
  it('keeps a password sealed, for its user only, and throws it away', () => {
    const settings = open();
    settings.remember(host('a'), 'open sesame');
    expect(onDisk()).not.toContain('sesame');
    expect(open().passwordOf('a', 'root')).toBe('open sesame');
    expect(open().passwordOf('a', 'other')).toBeUndefined();
    expect(open().knownHosts()[0]?.passwordKept).toBe(true);
    settings.remember(host('a'), undefined);
    expect(onDisk()).not.toContain('sealed');
    settings.forget('a');
    expect(open().knownHosts()).toEqual([]);
  });
  it.each([
    ['no encryption', storage({ isEncryptionAvailable: () => false }), 'linux'], ['obfuscation only', storage({ getSelectedStorageBackend: () => 'basic_text' }), 'linux'],
    ['an unknown backend', storage({ getSelectedStorageBackend: () => 'unknown' }), 'linux'],
  ] as const)('keeps no password with %s', (_name, unsafe, platform) => {
    const secrets = secretsOf(unsafe, platform);
    expect(secrets.areSafe).toBe(false);
    const settings = open(secrets);
    settings.remember(host('a'), 'open sesame');
    expect(onDisk()).not.toContain('sealed');
    expect(settings.passwordOf('a', 'root')).toBeUndefined();
  });
  it('asks for no backend where there is none', () => {
    const asked = vi.fn(() => 'basic_text');
    expect(secretsOf(storage({ getSelectedStorageBackend: asked }), 'darwin').areSafe).toBe(true);
    expect(asked).not.toHaveBeenCalled(); // Electron has the method on Linux only
  });
  it('bears a password that cannot be opened any more', () => {
    open().remember(host('a'), 'x');
    expect(open(secretsOf(storage({ decryptString: () => { throw new Error('other keyring'); } }), 'linux')).passwordOf('a', 'root')).toBeUndefined();
  });
  it.each(['{"hosts": [', '{"hosts": 7}', '{"hosts": [{"address": "a"}]}', '{"hosts": [], "window": {"x": "left"}}', ''])('sets a damaged file aside: %s', content => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    fs.writeFileSync(path.join(folder, 'settings.json'), content);
    const file = openSettingsFile(folder);
    expect(file.content).toEqual({ hosts: [] });
    expect(fs.readFileSync(file.setAside ?? '', 'utf8')).toBe(content);
    expect(log).toHaveBeenCalledOnce();
    new Settings(file, secretsOf(storage(), 'linux')).remember(host('a'), undefined);
    expect(open().knownHosts()).toHaveLength(1);
  });
  it('works on when the disk does not take the file', () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const settings = new Settings({ content: { hosts: [] }, write: () => { throw new Error('ENOSPC'); } }, secretsOf(storage(), 'linux'));
    settings.remember(host('a'), undefined);
    expect(settings.knownHosts()).toHaveLength(1);
    expect(log).toHaveBeenCalledOnce();
  });
});
