import { isIP } from 'node:net';
import type { FirstBoot, Seeds } from '../contract';
import { isoImage } from './iso';
import { hashPassword } from './password';

/* First-boot seeds in the two forms that guests know: lines for our own templates (scripts/guests/debian/overlay/usr/local/sbin/first-boot),
 * and NoCloud for cloud images. JSON is YAML, so cloud-init gets JSON: nothing that a person typed can become another key. */

const USER_DATA_MAX_BYTES = 256 * 1024;
const HOSTNAME_MAX_CHARS = 63;
const LINE_MAX_CHARS = 8_192;

export const createSeeds = (): Seeds => ({ check, hash: password => hashPassword(password), hostnameOf, lines, drive });

const HOSTNAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const check: Seeds['check'] = ({ hostname, user, passwordHash, sshKeys = [], network, userData = '' }) => {
  const wrong = (field: string, why: string) => ({ field, why });
  if (hostname !== undefined && !HOSTNAME.test(hostname)) return wrong('hostname', 'letters, digits and hyphens; parts are separated by dots');
  if (user !== undefined && !/^[a-z_][a-z0-9_-]{0,31}$/.test(user)) return wrong('user', 'small letters, digits, - and _; at most 32, the first a letter');
  if (passwordHash !== undefined && !/^\$[0-9a-z]+\$[./0-9A-Za-z$=,-]{8,200}$/.test(passwordHash)) return wrong('password', 'not what crypt(3) writes');
  for (const key of sshKeys) if (!/^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/=]{16,}( [^\p{C}]*)?$/u.test(key) || key.length > LINE_MAX_CHARS) return wrong('ssh_keys', 'public keys, one a line: ssh-ed25519 AAAA… comment');
  if (network) {
    const [address = '', prefix = '', ...more] = network.address.split('/'), family = isIP(address);
    if (family === 0 || more.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) return wrong('address', 'an address with its prefix: 10.0.0.5/24');
    if (network.gateway !== undefined && isIP(network.gateway) !== family) return wrong('gateway', 'an address of the same kind');
    for (const dns of network.dns ?? []) if (isIP(dns) === 0) return wrong('dns', 'addresses of name servers');
  }
  if (Buffer.byteLength(userData) > USER_DATA_MAX_BYTES) return wrong('user_data', `at most ${USER_DATA_MAX_BYTES / 1024} KiB`);
  if (userData !== '' && !/^#(!|cloud-config|include|part-handler|cloud-boothook)|^Content-Type:/i.test(userData)) return wrong('user_data', 'begins with #! (a script) or #cloud-config');
  return undefined;
};

const hostnameOf: Seeds['hostnameOf'] = name => {
  const plain = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, HOSTNAME_MAX_CHARS).replace(/^-+|-+$/g, '');
  return plain === '' ? 'vm' : plain;
};

const lines: Seeds['lines'] = ({ hostname, user, passwordHash, sshKeys = [], network, userData, settling }) => [
  ...(settling === true ? ['warm=yes'] : []),
  ...one('hostname', hostname), ...one('user', user), ...one('password_hash', passwordHash), ...sshKeys.map(key => `ssh_key=${key}`),
  ...one('address', network?.address), ...one('gateway', network?.gateway), ...(network?.dns ?? []).map(dns => `dns=${dns}`),
  ...one('user_data', userData === undefined || userData === '' ? undefined : Buffer.from(userData).toString('base64')),
].map(line => `${line}\n`).join('');
const one = (key: string, value: string | undefined): string[] => (value === undefined || value === '' ? [] : [`${key}=${value}`]);

/* The person's own user-data stays as it is; what the form says goes beside it as vendor-data, which cloud-init reads first and user-data overrides. */
const drive: Seeds['drive'] = (firstBoot, instanceId) => isoImage('cidata', {
  'meta-data': `${JSON.stringify({ 'instance-id': instanceId, ...(firstBoot.hostname === undefined ? {} : { 'local-hostname': firstBoot.hostname }) })}\n`,
  'user-data': firstBoot.userData === undefined || firstBoot.userData === '' ? '#cloud-config\n{}\n' : firstBoot.userData,
  'vendor-data': `#cloud-config\n${JSON.stringify(cloudConfig(firstBoot))}\n`,
  ...(firstBoot.network ? { 'network-config': `${JSON.stringify(networkConfig(firstBoot.network))}\n` } : {}),
  'first-boot': lines(firstBoot),
});

const cloudConfig = ({ user, passwordHash, sshKeys = [] }: FirstBoot): object => {
  const own = user !== undefined && user !== 'root';
  return {
    growpart: { mode: 'auto' }, ssh_pwauth: passwordHash !== undefined,
    ...(own ? { users: [{
      name: user, shell: '/bin/bash', groups: 'sudo', sudo: 'ALL=(ALL) NOPASSWD:ALL', lock_passwd: passwordHash === undefined,
      ...(passwordHash === undefined ? {} : { passwd: passwordHash }), ...(sshKeys.length > 0 ? { ssh_authorized_keys: sshKeys } : {}),
    }] } : {}),
    ...(own || passwordHash === undefined ? {} : { chpasswd: { expire: false, users: [{ name: 'root', password: passwordHash }] } }),
    ...(own || sshKeys.length === 0 ? {} : { disable_root: false, ssh_authorized_keys: sshKeys }),
  };
};
const networkConfig = ({ address, gateway, dns = [] }: NonNullable<FirstBoot['network']>): object => ({
  version: 2, ethernets: { all: { match: { name: 'e*' }, addresses: [address], ...(gateway === undefined ? {} : { routes: [{ to: 'default', via: gateway }] }), ...(dns.length > 0 ? { nameservers: { addresses: dns } } : {}) } },
});
