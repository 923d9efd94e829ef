/* A small disk with what is under test: the built service, the native packages that it loads, and the guests. The lab mounts it at /srv/payload. */
import fs from 'node:fs';
import path from 'node:path';
import { HOST } from '../build.mjs';
import { GUESTS, ROOT } from '../places.mjs';
import { must } from '../run/child.mjs';

const PACKAGES = ['libsql', '@libsql', '@neon-rs', 'detect-libc'];
const SLACK_BYTES = 16 * 2 ** 20;

export async function makePayload(file) {
  const tree = `${file}.tree`;
  try {
    copy(HOST, path.join(tree, 'service/out/host/main.js'));
    copy(path.join(ROOT, 'package.json'), path.join(tree, 'service/package.json'));
    for (const name of PACKAGES) copy(path.join(ROOT, 'node_modules', name), path.join(tree, 'service/node_modules', name));
    copy(GUESTS, path.join(tree, 'guests'));
    const size = Math.ceil((bytesOf(tree) * 1.1 + SLACK_BYTES) / 2 ** 20);
    await must('mke2fs', ['-q', '-t', 'ext4', '-O', '^has_journal', '-m', '0', '-L', 'payload', '-d', tree, file, `${size}M`]);
  } finally { fs.rmSync(tree, { recursive: true, force: true }); }
}

function copy(from, to) { fs.cpSync(from, to, { recursive: true, dereference: true }); }

function bytesOf(place) {
  const stat = fs.statSync(place);
  return stat.isDirectory() ? fs.readdirSync(place).reduce((sum, name) => sum + bytesOf(path.join(place, name)), 0) : stat.size;
}
