import { X509Certificate } from 'node:crypto';
import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';

/* The host's own TLS certificate: made at the first start, kept after. Consoles pin its fingerprint, so that it must not
 * change by itself; that it names addresses which have changed since does not matter to them. */

export interface Certificate {
  cert: string;
  key: string;
  /** SHA-256, upper case, colons. */
  fingerprint256: string;
}
const VALIDITY_YEARS = 10;

/** @param names the host's names and addresses beside localhost */
export const loadCertificate = async (folder: string, names: readonly string[]): Promise<Certificate> => {
  const keyFile = path.join(folder, 'tls-key.pem'), certFile = path.join(folder, 'tls-cert.pem');
  const [key, cert] = await Promise.all([readIfThere(keyFile), readIfThere(certFile)]);
  if (key !== undefined && cert !== undefined) return { key, cert, fingerprint256: new X509Certificate(cert).fingerprint256 };
  const made = await make(names);
  await fs.mkdir(folder, { recursive: true });
  // The certificate comes last: if this is cut off between the two, both are made anew.
  await fs.rm(certFile, { force: true });
  await writeWhole(keyFile, made.key);
  await writeWhole(certFile, made.cert);
  return made;
};

const make = async (names: readonly string[]): Promise<Certificate> => {
  const { generate } = await import('selfsigned'); // a tenth of a start's time, and needed at the first one only
  const now = Date.now(), notAfterDate = new Date(now);
  notAfterDate.setFullYear(notAfterDate.getFullYear() + VALIDITY_YEARS);
  const all = [...new Set([...names.filter(name => name !== '' && name !== '0.0.0.0' && name !== '::'), 'localhost', '127.0.0.1', '::1'])];
  const { private: key, cert } = await generate([{ name: 'commonName', value: (names[0] ?? 'localhost').slice(0, 64) }], {
    keyType: 'ec', curve: 'P-256', algorithm: 'sha256', notBeforeDate: new Date(now - 24 * 3600 * 1000), notAfterDate, // a console's clock may be behind
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: all.map(name => (net.isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })) },
    ],
  });
  return { key, cert, fingerprint256: new X509Certificate(cert).fingerprint256 };
};

const readIfThere = async (file: string): Promise<string | undefined> => {
  try { return await fs.readFile(file, 'utf8'); } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Readable by this user only, and either whole or not there. */
const writeWhole = async (file: string, text: string): Promise<void> => {
  const draft = `${file}.new`;
  const handle = await fs.open(draft, 'w', 0o600);
  try { await handle.chmod(0o600); await handle.writeFile(text); await handle.sync(); } finally { await handle.close(); }
  await fs.rename(draft, file);
};
