import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadCertificate } from '../../../src/host/api/certificate';

let folder: string;
beforeEach(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tls-')); });
afterEach(() => { fs.rmSync(folder, { recursive: true }); });

it('makes a certificate for all names, keeps it, and keeps its key to itself', async () => {
  const made = await loadCertificate(path.join(folder, 'new'), ['my-host', '192.0.2.7', '0.0.0.0']), x509 = new X509Certificate(made.cert);
  for (const name of ['my-host', 'localhost']) expect(x509.checkHost(name)).toBe(name);
  for (const ip of ['192.0.2.7', '127.0.0.1', '::1']) expect(x509.checkIP(ip)).toBe(ip);
  expect(x509.subjectAltName).not.toContain('0.0.0.0');
  expect(x509.ca).toBe(false);
  expect(x509.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(new Date(x509.validTo).getFullYear() - new Date().getFullYear()).toBe(10);
  expect(made.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(fs.statSync(path.join(folder, 'new', 'tls-key.pem')).mode & 0o777).toBe(0o600);
  expect(await loadCertificate(path.join(folder, 'new'), ['renamed'])).toEqual(made);
});
it('makes both anew when one is missing', async () => {
  const made = await loadCertificate(folder, ['h']);
  fs.rmSync(path.join(folder, 'tls-cert.pem'));
  const again = await loadCertificate(folder, ['h']);
  expect(again.fingerprint256).not.toBe(made.fingerprint256);
  expect(new X509Certificate(again.cert).checkHost('h')).toBe('h');
});
