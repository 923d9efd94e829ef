import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isoImage } from './iso';
import { hashPassword } from './password';
import { createSeeds } from './seeds';

const seeds = createSeeds();
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@here';

describe('a password', () => {
  // Of the specification (SHA-crypt.txt).
  it.each([
    ['Hello world!', 'saltstring', 5000, '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1'],
    ['Hello world!', 'saltstringsaltstring', 10_000, '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.'],
    ['a short string', 'asaltof16chars..', 123_456, '$6$rounds=123456$asaltof16chars..$BtCwjqMJGx5hrJhZywWvt0RLE8uZ4oPwcelCjmw2kSYu.Ec6ycULevoBK25fs2xXgMNrCzIMVcgEJAstJeonj1'],
  ])('%s is hashed as crypt(3) does', (password, salt, rounds, hash) => { expect(hashPassword(password, salt, rounds)).toBe(hash); });
  it('has another salt each time', () => { expect(seeds.hash('x')).toMatch(/^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/); expect(seeds.hash('x')).not.toBe(seeds.hash('x')); });
});

describe('the drive', () => {
  it('is a CD labelled cidata whose files others read', () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seed-')), iso = path.join(folder, 'seed.iso');
    try {
      fs.writeFileSync(iso, seeds.drive({ hostname: 'web', userData: `#!/bin/sh\n${'x'.repeat(5000)}\n` }, 'i-1'));
      expect(execFileSync('/sbin/blkid', ['-p', '-o', 'export', iso], { encoding: 'utf8' })).toMatch(/LABEL=cidata[^]*TYPE=iso9660/);
      expect(isoImage('cidata', { a: 'b' }).length % 2048).toBe(0);
    } finally { fs.rmSync(folder, { recursive: true }); }
  });
  it('tells cloud-init and our own templates the same', () => {
    const text = Buffer.from(seeds.drive({ hostname: 'web', user: 'me', passwordHash: seeds.hash('p'), sshKeys: [KEY], network: { address: '10.0.0.5/24', gateway: '10.0.0.1', dns: ['10.0.0.2'] } }, 'i-1')).toString('latin1');
    expect(text).toContain('"local-hostname":"web"');
    expect(text).toContain('"ssh_authorized_keys":["ssh-ed25519');
    expect(text).toContain('"routes":[{"to":"default","via":"10.0.0.1"}]');
    expect(text).toMatch(/hostname=web\nuser=me\npassword_hash=\$6\$[^\n]*\nssh_key=ssh-ed25519 [^\n]*\naddress=10\.0\.0\.5\/24\ngateway=10\.0\.0\.1\ndns=10\.0\.0\.2\n/);
  });
});

describe('what is asked for', () => {
  it.each([
    [{ hostname: 'a b' }, 'hostname'], [{ hostname: 'a\nuser=x' }, 'hostname'], [{ user: 'Root!' }, 'user'], [{ passwordHash: 'plain' }, 'password'], [{ sshKeys: ['ssh-rsa nonsense\nuser=x'] }, 'ssh_keys'], [{ sshKeys: [KEY, `${KEY}\nuser=x`] }, 'ssh_keys'],
    [{ network: { address: '10.0.0.5' } }, 'address'], [{ network: { address: '10.0.0.5/33' } }, 'address'], [{ network: { address: '10.0.0.5/24', gateway: 'fe80::1' } }, 'gateway'], [{ network: { address: '10.0.0.5/24', dns: ['me'] } }, 'dns'],
    [{ userData: 'echo hello' }, 'user_data'], [{ userData: `#!${'x'.repeat(300_000)}` }, 'user_data'],
  ])('%o is refused', (firstBoot, field) => { expect(seeds.check(firstBoot)).toMatchObject({ field }); });
  it('may be nothing, and all of it', () => {
    expect(seeds.check({})).toBeUndefined();
    expect(seeds.check({ hostname: 'a.example', user: 'me', passwordHash: seeds.hash(''), sshKeys: [KEY], network: { address: 'fd00::5/64', gateway: 'fd00::1', dns: ['10.0.0.1'] }, userData: '#cloud-config\nruncmd: [id]\n' })).toBeUndefined();
  });
  it('makes host names of anything', () => { expect(['Web Server 1', 'Käse & Brot', '***', 'x'.repeat(80)].map(name => seeds.hostnameOf(name))).toEqual(['web-server-1', 'kase-brot', 'vm', 'x'.repeat(63)]); });
});
