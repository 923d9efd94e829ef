/* Everything about the code that can be said without running it: types, ESLint, the layers, and two rules of this project.
   `npm run lint`; the tests run the same checks and count each as one. */
import './setup/node-version.mjs';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BIN, ROOT } from './places.mjs';
import { quiet } from './run/child.mjs';
import { runScript, say } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';

/** `{name, run(): {ok, text}}`, slow ones first. */
const CHECKS = [
  tool('eslint', BIN.eslint, ['.', '--max-warnings', '0']),
  tool('types: console', BIN.tsc, ['-p', 'tsconfig.web.json']),
  tool('types: host, main, tests', BIN.tsc, ['-p', 'tsconfig.node.json']),
  tool('types: shared', BIN.tsc, ['-p', 'tsconfig.shared.json']),
  tool('layers', BIN.depcruise, ['src', '--config', '.dependency-cruiser.cjs']),
  { name: 'no package registry is named', run: namesNoRegistry },
  { name: 'package-lock.json holds no addresses', run: lockHoldsNoAddresses },
];

/** Runs all checks, as many at once as there are cores; `[{name, ok}]`. What a failed one said is printed. */
export async function lint() {
  const waiting = [...CHECKS];
  const results = [];
  const work = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const { ok, text } = await check.run();
      console.log(`${ok ? 'ok    ' : 'FAILED'}  ${check.name}`);
      if (!ok) console.log(text.trimEnd().replace(/^/gm, '        '));
      results.push({ name: check.name, ok });
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  return results;
}

function tool(name, file, args) {
  return { name, run: () => quiet(process.execPath, [file, ...args]) };
}

/** Which registry a machine uses is its own business: its hosts are asked for here, and none may stand in a file. */
async function namesNoRegistry() {
  const npm = await quiet('npm', ['config', 'get', 'registry', '--loglevel=error']);
  const apt = await quiet('apt-get', ['indextargets', '--format', '$(REPO_URI)']);
  const hosts = [...new Set([...`${npm.stdout}\n${apt.stdout}`.matchAll(/^[a-z+]+:\/\/(?:[^@/\n]*@)?([^/:\n]+)/gm)].map(match => match[1]))];
  if (hosts.length === 0) return { ok: false, text: `npm names no registry: ${npm.text}` };
  const found = await quiet('git', ['grep', '--untracked', '-lIF', ...hosts.flatMap(host => ['-e', host]), '--', '.']);
  if (found.code > 1) return { ok: false, text: found.text };
  return { ok: found.code === 1, text: `named in:\n${found.stdout}` };
}

async function lockHoldsNoAddresses() {
  const { packages } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
  const bad = Object.entries(packages).filter(([place, entry]) => place !== '' && (entry.resolved || !entry.integrity)).map(([place]) => place);
  return { ok: bad.length === 0, text: `an address, or no integrity, for: ${bad.join(', ')}` };
}

if (fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await runScript(async () => {
    await setUp(NEEDS.command);
    const failed = (await lint()).filter(result => !result.ok);
    say(failed.length === 0 ? 'All checks hold.' : `${failed.length} checks failed.`);
    return failed.length === 0 ? 0 : 1;
  });
}
