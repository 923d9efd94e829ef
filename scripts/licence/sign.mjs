/* Signs licences, and makes the keys for it. For whoever sells the product; no host and no console needs it (docs/licences.md).
     node scripts/licence/sign.mjs --edition server|enterprise --hosts any|UUID,UUID [--expires 2027-12-31|never] [--name N] [--company C] [--serial S] [--issued DAY] [--out FILE]
                                   (--development | --key NAME --private-key FILE)
     node scripts/licence/sign.mjs --new-key FILE      a private key into FILE; its public half, for src/host/operations/licence/keys.ts, is printed */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runScript, say, Stop } from '../run/say.mjs';

const DEVELOPMENT_KEY = path.join(import.meta.dirname, 'DEVELOPMENT-ONLY.private.pem');
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TEXT = { type: 'string' };
const OPTIONS = {
  edition: TEXT, hosts: TEXT, expires: TEXT, issued: TEXT, name: TEXT, company: TEXT, serial: TEXT, out: TEXT, key: TEXT, 'private-key': TEXT, 'new-key': TEXT, development: { type: 'boolean', default: false },
};

await runScript(() => {
  const values = given();
  if (values['new-key'] !== undefined) { makeKey(values['new-key']); return; }
  const { key, pem } = keyOf(values), licence = licenceOf(values);
  const signature = sign(null, Buffer.from(JSON.stringify(licence)), createPrivateKey(pem)).toString('base64');
  const text = `${JSON.stringify({ licence, key, signature }, undefined, 2)}\n`;
  if (values.out === undefined) process.stdout.write(text); else fs.writeFileSync(values.out, text);
});

function given() {
  try { return parseArgs({ options: OPTIONS, strict: true }).values; } catch (error) { throw new Stop(`${error.message}\n${fs.readFileSync(import.meta.filename, 'utf8').split('*/')[0]}`); }
}

function keyOf({ development, key, 'private-key': file }) {
  if (development) return { key: 'development', pem: fs.readFileSync(DEVELOPMENT_KEY) };
  if (key === undefined || file === undefined) throw new Stop('With which key? Give --key and --private-key, or --development for a licence that only test hosts take.');
  try { return { key, pem: fs.readFileSync(file) }; } catch (error) { throw new Stop(`The private key cannot be read: ${error.message}`); }
}

function licenceOf({ edition, hosts, expires = 'never', issued, name = '', company = '', serial = randomUUID() }) {
  if (edition !== 'server' && edition !== 'enterprise') throw new Stop('--edition is server or enterprise; Express needs no licence.');
  const uuids = hosts?.split(',') ?? [];
  if (hosts !== 'any' && (uuids.length === 0 || !uuids.every(uuid => UUID.test(uuid)))) throw new Stop('--hosts is "any", or uuids of hosts with commas between them (xe host-list).');
  return { serial, edition, hosts: hosts === 'any' ? 'any' : uuids, issued_to: { name, company }, issued: timeOf(issued ?? new Date().toISOString()), expires: expires === 'never' ? 'never' : timeOf(expires) };
}

function timeOf(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Stop(`"${text}" is no day.`);
  return at.toISOString();
}

function makeKey(file) {
  const { privateKey } = generateKeyPairSync('ed25519');
  fs.writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  say(`The private key is in ${file}: keep it where no product is built. Its public half:`);
  process.stdout.write(createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
}
