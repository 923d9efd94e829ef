import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generate } from 'selfsigned';
import { INITRD, INRELEASE, KERNEL, KEYRING, RELEASE, RELEASE_GPG, SHA256SUMS, SIGNER } from '../../../../tests/fixtures/signed-release';
import type { InstallSource, InstallSources } from '../contract';
import { createInstallSources } from './sources';

/* Against real servers on loopback: what is taken, what is refused, and that nothing stays of what was refused. */

type Answer = string | Buffer | { status: number; location?: string } | ((response: http.ServerResponse) => void);
let folder: string, site: Record<string, Answer>, server: http.Server, base: string, asked: string[], sources: InstallSources;
const uuid = '11111111-2222-4333-8444-555555555555', signal = new AbortController().signal;

const serve: http.RequestListener = (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://x'), found = Object.hasOwn(site, pathname) ? site[pathname] : undefined;
  asked.push(`${request.method} ${pathname}`);
  if (found === undefined) response.writeHead(404).end('nothing here');
  else if (typeof found === 'function') found(response);
  else if (typeof found === 'object' && 'status' in found) response.writeHead(found.status, found.location === undefined ? {} : { location: found.location }).end();
  else { response.writeHead(200, { 'content-length': Buffer.byteLength(found) }); response.end(found); }
};
const listen = async (on: http.Server | https.Server): Promise<number> => { await new Promise<void>(resolve => { on.listen(0, '127.0.0.1', resolve); }); return (on.address() as AddressInfo).port; };

const IMAGES = '/debian/dists/testling/main/installer-amd64/current/images', LEAF = `${IMAGES}/netboot/debian-installer/amd64`;
const mirror = (): Record<string, Answer> => ({ '/debian/dists/testling/InRelease': INRELEASE, [`${IMAGES}/SHA256SUMS`]: SHA256SUMS, [`${LEAF}/linux`]: KERNEL, [`${LEAF}/initrd.gz`]: INITRD });
const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
const treeinfo = (version = '9.4', family = 'Rocky Linux'): string => `[general]\nfamily = ${family}\nversion = ${version}\narch = x86_64\n[images-x86_64]\nkernel = images/pxeboot/vmlinuz\ninitrd = images/pxeboot/initrd.img\n[checksums]\nimages/pxeboot/vmlinuz = sha256:${sum(KERNEL)}\nimages/pxeboot/initrd.img = sha256:${sum(INITRD)}\n`;
const rocky = (info = treeinfo()): Record<string, Answer> => ({ '/rocky/.treeinfo': info, '/rocky/images/pxeboot/vmlinuz': KERNEL, '/rocky/images/pxeboot/initrd.img': INITRD });
const look = (more: Partial<InstallSource> = {}) => sources.look({ url: `${base}/debian`, release: 'testling', ...more }, signal);
const prepare = (more: Partial<InstallSource> = {}, seed?: string) => sources.prepare(uuid, { url: `${base}/debian`, release: 'testling', ...more }, { ...(seed === undefined ? {} : { seed }), signal, progress: () => {} });
const left = (): string[] => [...fs.readdirSync(path.join(folder, 'install')), ...(fs.existsSync(path.join(folder, 'cache')) ? fs.readdirSync(path.join(folder, 'cache')) : [])];

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'install-'));
  fs.mkdirSync(path.join(folder, 'keyrings'));
  fs.writeFileSync(path.join(folder, 'keyrings/test.gpg'), KEYRING);
  [site, asked] = [{}, []];
  server = http.createServer(serve);
  base = `http://127.0.0.1:${await listen(server)}`;
  sources = await createInstallSources({ directory: path.join(folder, 'install'), cache: path.join(folder, 'cache'), keyringFolders: [path.join(folder, 'keyrings')] });
});
afterEach(() => { server.closeAllConnections(); server.close(); fs.rmSync(folder, { recursive: true, force: true }); });

describe('a Debian-like mirror', () => {
  it('is followed from its signature down to the files', async () => {
    site = mirror();
    const tree = await look();
    expect(tree).toMatchObject({
      distro: 'debianlike', name: 'Test 1.0 (testling), amd64', kernel: { url: `${base}${LEAF}/linux`, sha256: sum(KERNEL) }, initrd: { sha256: sum(INITRD) }, unchecked: [],
      args: ['mirror/protocol=http', 'mirror/country=manual', `mirror/http/hostname=${base.slice(7)}`, 'mirror/http/directory=/debian'],
    });
    expect(tree.checked[0]).toBe(`Release is signed by ${SIGNER}`);
    expect(asked.filter(line => line.endsWith('linux'))).toEqual([]); // to look fetches lists only
    expect((await look({ url: `${base}/debian/dists/testling/`, release: '' })).checked).toEqual(tree.checked);
  });

  it('with Release and a signature beside it, by an unknown key, or without any, says which', async () => {
    const { '/debian/dists/testling/InRelease': _inline, ...rest } = mirror();
    site = { ...rest, '/debian/dists/testling/Release': RELEASE, '/debian/dists/testling/Release.gpg': RELEASE_GPG };
    expect((await look()).checked[0]).toBe(`Release is signed by ${SIGNER}`);
    fs.rmSync(path.join(folder, 'keyrings/test.gpg'));
    expect((await look()).unchecked).toEqual([expect.stringContaining('the signature of Release was not checked: the host has no keyring')]);
    site['/debian/.treeinfo'] = { status: 403 }; // a mirror that refuses what it does not have
    delete site['/debian/dists/testling/Release.gpg'];
    expect((await look()).unchecked).toEqual(['Release is not signed']);
  });

  it('is refused when anything in the chain is not what it should be', async () => {
    site = { ...mirror(), '/debian/dists/testling/InRelease': INRELEASE.replace('testling', 'tampered') };
    await expect(look()).rejects.toMatchObject({ kind: 'damaged', message: expect.stringContaining('signature is wrong') as string });
    site = { ...mirror(), [`${IMAGES}/SHA256SUMS`]: SHA256SUMS.replace(/^./, 'f') };
    await expect(look()).rejects.toMatchObject({ kind: 'damaged', message: expect.stringContaining('not the file that Release names') as string });
    site = { ...mirror(), [`${LEAF}/initrd.gz`]: 'another initrd' };
    await expect(prepare()).rejects.toMatchObject({ kind: 'damaged', message: expect.stringContaining(sum('another initrd')) as string });
    expect(left()).toEqual([sum(KERNEL)]); // that one was right
    site = { ...mirror() };
    delete site[`${LEAF}/linux`];
    fs.rmSync(path.join(folder, 'cache', sum(KERNEL)));
    await expect(prepare()).rejects.toMatchObject({ kind: 'not-a-tree' });
    expect(left()).toEqual([]);
  });

  it('that has no such release or no installer says so', async () => {
    await expect(look()).rejects.toMatchObject({ kind: 'not-a-tree', message: expect.stringContaining('testling') as string });
    site = { '/debian/dists/testling/InRelease': INRELEASE };
    await expect(look()).rejects.toMatchObject({ kind: 'not-a-tree', message: expect.stringContaining('no installer for amd64') as string });
    await expect(look({ release: '../../etc' })).rejects.toMatchObject({ kind: 'bad-url' });
    await expect(sources.look({ url: `${base}/debian` }, signal)).rejects.toMatchObject({ message: expect.stringContaining('the release has to be named') as string });
  });

  it('a folder with the two files does as well, with sums above it or without', async () => {
    site = { '/d-i/linux': KERNEL, '/d-i/initrd.gz': INITRD };
    expect(await look({ url: `${base}/d-i/` })).toMatchObject({ checked: [], unchecked: [expect.stringContaining('no checksums')] });
    site = { '/i/SHA256SUMS': SHA256SUMS, '/i/netboot/debian-installer/amd64/linux': KERNEL, '/i/netboot/debian-installer/amd64/initrd.gz': INITRD };
    expect(await sources.look({ url: `${base}/i/netboot` }, signal)).toMatchObject({ kernel: { sha256: sum(KERNEL) }, unchecked: ['nobody has signed these sums'] });
  });
});

describe('a Red-Hat-like tree', () => {
  it('is what its .treeinfo says', async () => {
    site = rocky();
    expect(await sources.look({ url: `${base}/rocky` }, signal)).toMatchObject({ distro: 'rhlike', name: 'Rocky Linux 9.4, x86_64', initrd: { url: `${base}/rocky/images/pxeboot/initrd.img`, sha256: sum(INITRD) }, args: [`inst.repo=${base}/rocky/`] });
    site = rocky(treeinfo('6.10', 'CentOS'));
    expect((await prepare({ url: `${base}/rocky` }, 'reboot\n')).tree.args).toEqual([`method=${base}/rocky/`, 'ks=file:/ks.cfg']);
    await expect(sources.look({ url: `${base}/rocky`, arch: 'arm64' }, signal)).rejects.toMatchObject({ kind: 'not-a-tree' });
  });
  it('cannot lead out of itself, and must hold its sums', async () => {
    site = rocky(treeinfo().replace('kernel = images/pxeboot/vmlinuz', 'kernel = ../../secret'));
    await expect(sources.look({ url: `${base}/rocky` }, signal)).rejects.toMatchObject({ kind: 'damaged' });
    site = { ...rocky(), '/rocky/images/pxeboot/vmlinuz': 'changed' };
    await expect(prepare({ url: `${base}/rocky` })).rejects.toMatchObject({ kind: 'damaged' });
    site = { '/rocky/images/pxeboot/vmlinuz': KERNEL, '/rocky/images/pxeboot/initrd.img': INITRD };
    expect((await sources.look({ url: `${base}/rocky` }, signal)).unchecked).toEqual([expect.stringContaining('no .treeinfo')]);
  });
});

describe('what is fetched', () => {
  it('is ready for one machine, with the answers in front of the initrd, and is taken from the cache the next time', async () => {
    site = mirror();
    const { kernelPath, initrdPath, tree } = await prepare({}, 'd-i answers\n');
    expect(fs.readFileSync(kernelPath, 'utf8')).toBe(KERNEL);
    const initrd = fs.readFileSync(initrdPath);
    expect(initrd.subarray(0, 6).toString()).toBe('070701');
    expect(initrd.length % 512).toBe(INITRD.length);
    expect(initrd.includes('preseed.cfg\0') && initrd.includes('d-i answers\n') && initrd.toString('latin1').endsWith(INITRD)).toBe(true);
    expect(tree.args.slice(0, 2)).toEqual(['auto=true', 'priority=critical']);
    expect([fs.statSync(kernelPath).mode & 0o777, fs.statSync(initrdPath).mode & 0o777, await sources.kept()]).toEqual([0o600, 0o600, [uuid]]);
    asked.length = 0;
    await prepare();
    expect(asked.filter(line => /linux|initrd/.test(line))).toEqual([]);
    fs.writeFileSync(path.join(folder, 'cache', sum(INITRD)), 'rotten'); // what has rotted on the disk is fetched again
    expect(fs.readFileSync((await prepare()).initrdPath, 'utf8')).toBe(INITRD);
    await sources.forget(uuid);
    expect(await sources.kept()).toEqual([]);
  });

  it('follows other addresses only so far, and never from https to http', async () => {
    site = { ...mirror(), '/debian/dists/testling/InRelease': { status: 302, location: '/moved' }, '/moved': INRELEASE };
    expect((await look()).checked[0]).toContain(SIGNER);
    site['/moved'] = { status: 302, location: '/moved' };
    await expect(look()).rejects.toMatchObject({ kind: 'unreachable', message: expect.stringContaining('more than 5 times') as string });
    site['/moved'] = { status: 302, location: 'file:///etc/passwd' };
    await expect(look()).rejects.toMatchObject({ kind: 'bad-url' });
  });

  it('may come by https from a CA of one\'s own', async () => {
    site = mirror();
    const own = await generate([{ name: 'commonName', value: '127.0.0.1' }], { extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }] } as never);
    const secure = https.createServer({ key: own.private, cert: own.cert }, serve), url = `https://127.0.0.1:${await listen(secure)}/debian`;
    try {
      await expect(look({ url })).rejects.toMatchObject({ kind: 'unreachable', message: expect.stringContaining('self-signed') as string });
      expect((await look({ url, ca: own.cert })).name).toBe('Test 1.0 (testling), amd64');
      site['/debian/dists/testling/InRelease'] = { status: 302, location: `${base}/elsewhere` };
      await expect(look({ url, ca: own.cert })).rejects.toMatchObject({ message: expect.stringContaining('from https to http') as string });
    } finally { secure.closeAllConnections(); secure.close(); }
  }, 30_000);

  it('breaks off, is too large or fails in words that help, and leaves nothing', async () => {
    site = { ...mirror(), [`${LEAF}/linux`]: response => { response.writeHead(200, { 'content-length': 1000 }).write('half'); setImmediate(() => { response.destroy(); }); } };
    await expect(prepare()).rejects.toMatchObject({ kind: 'unreachable' });
    site[`${LEAF}/linux`] = response => { response.writeHead(200, { 'content-length': 1e12 }).flushHeaders(); };
    await expect(prepare()).rejects.toMatchObject({ kind: 'too-large' });
    site['/debian/dists/testling/InRelease'] = response => { response.writeHead(200); const pour = (): void => { while (!response.destroyed && response.write(Buffer.alloc(1 << 20))); }; response.on('drain', pour); pour(); };
    await expect(look()).rejects.toMatchObject({ kind: 'too-large' });
    site['/debian/dists/testling/InRelease'] = { status: 503 };
    await expect(look()).rejects.toMatchObject({ kind: 'unreachable', message: expect.stringContaining('503') as string });
    expect(left()).toEqual([]);
    await expect(look({ url: 'ftp://127.0.0.1/debian' })).rejects.toMatchObject({ kind: 'bad-url' });
    await expect(look({ url: 'http://127.0.0.1:1/debian' })).rejects.toMatchObject({ kind: 'unreachable', message: expect.stringContaining('nobody listens there') as string });
  });

  it('can be given up', async () => {
    const stop = new AbortController();
    site = { '/debian/.treeinfo': () => { stop.abort(new Error('enough')); } };
    await expect(sources.look({ url: `${base}/debian` }, stop.signal)).rejects.toThrow('enough');
  });
});

describe('the answers', () => {
  const form = { hostname: 'web1', keyboard: 'de', timezone: 'Europe/Berlin', disk: 'lvm', rootPassword: 'pass word', user: { name: 'ann', fullName: 'Ann O. Nym' }, sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUnreal ann@home'], packages: ['vim', 'htop'] };
  it('become a preseed file or a kickstart file', () => {
    const preseed = sources.seed('debianlike', JSON.stringify(form));
    expect(preseed).toMatch(/^d-i passwd\/root-password-crypted password \$6\$/m);
    for (const line of ['d-i netcfg/get_hostname string web1', 'd-i time/zone string Europe/Berlin', 'd-i partman-auto/method string lvm', 'd-i pkgsel/include string openssh-server qemu-guest-agent vim htop', 'd-i passwd/user-password-crypted password !']) expect(preseed.split('\n')).toContain(line);
    expect(preseed).toContain("echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUnreal ann@home' >> /target/home/ann/.ssh/authorized_keys");
    expect(preseed).not.toContain('pass word');
    const kickstart = sources.seed('rhlike', JSON.stringify(form));
    for (const line of ['keyboard de', 'timezone Europe/Berlin --utc', 'user --name=ann --gecos="Ann O. Nym" --groups=wheel --lock', 'autopart --type=lvm', 'htop', '%end']) expect(kickstart.split('\n')).toContain(line);
  });
  it.each<[string, object, RegExp]>([
    ['a line of one\'s own', { hostname: 'a\nd-i preseed/run string http://evil' }, /hostname/], ['a command in a key', { sshKeys: ["ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ';reboot;'"] }, /sshKeys/],
    ['nobody who can log in', { rootPassword: undefined, sshKeys: [] }, /nobody could log in/], ['root as the user', { user: { name: 'root' } }, /user\.name/], ['a list that is none', { packages: 'vim' }, /packages/],
    ['a hash that is none', { rootPasswordHash: 'secret' }, /rootPasswordHash|rootPassword/], ['quotes in a name', { user: { name: 'ann', fullName: '"; rm' } }, /fullName/],
  ])('are refused: %s', (_what, wrong, why) => { expect(() => sources.seed('debianlike', JSON.stringify({ ...form, ...wrong }))).toThrow(expect.objectContaining({ kind: 'bad-form', message: expect.stringMatching(why) as string })); });
});
