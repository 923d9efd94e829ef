/* All tests, on a machine that may be bare:  npm test    or parts of them:  npm test -- unit host long e2e lint
   Every part runs, whatever failed before it. The last line is the sum: "N passed, N failed". */
import './setup/node-version.mjs';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { lint } from './lint.mjs';
import { BIN } from './places.mjs';
import { foreground } from './run/child.mjs';
import { startDisplay } from './run/display.mjs';
import { filesLeft, markOf, processesLeft } from './run/leftovers.mjs';
import { runScript, Stop } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';
import { electronRuntime } from './setup/electron-runtime.mjs';

/* A stage's rows run side by side, what stands in a row one after the other: ESLint and the long suites want one core for minutes each, the other host tests wait for guests most of the time. */
const STAGES = [[['unit']], [['lint', 'long'], ['host']], [['e2e']]];
/* Each answers `{passed, failed, skipped}`; one that throws has failed. */
const PARTS = {
  lint: lintPart,
  unit: run => vitest(run, ['unit', 'renderer']),
  host: run => vitest(run, ['host']),
  long: run => vitest(run, ['long']),
  e2e: playwright,
};

await runScript(async () => {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS);
  const unknown = names.filter(name => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) throw new Stop(`There is no part "${unknown.join(' ')}" of the tests; there are: ${Object.keys(PARTS).join(', ')}.`);
  return await runParts(names);
});

async function runParts(names) {
  const run = openRun();
  const counts = [];
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { interrupted = true; }); // the part at work gets it too
  try {
    counts.push(['set-up', await counted(() => setUp(NEEDS.everything))]);
    if (names.some(name => name !== 'lint')) counts.push(['build', await counted(buildAll)]);
    for (const stage of STAGES.map(rows => rows.map(row => row.filter(name => names.includes(name)))).filter(rows => rows.flat().length > 0)) {
      if (interrupted) throw new Stop('Interrupted.');
      console.log(`\n===== ${stage.flat().join(', ')}`);
      const row = async parts => { for (const name of parts) if (!interrupted) counts.push([name, await counted(() => PARTS[name](run))]); };
      await Promise.all(stage.map(row));
    }
  } finally {
    counts.push(['nothing left behind', await counted(() => nothingLeft(run))]);
    run.close();
  }
  return report(counts);
}

/** What this run's processes have in common: a mark to find them by, and a folder for their temporary files. */
function openRun() {
  const id = randomUUID();
  const reports = fs.mkdtempSync(path.join(os.tmpdir(), 'ac-reports-'));
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'ac-')); // short: sockets' paths have a limit
  fs.chmodSync(temporary, 0o711); // a QEMU that runs as an unprivileged user must get through
  return {
    id, reports, temporary,
    env: { ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }), ...process.env, ...markOf(id), TMPDIR: temporary },
    close() { for (const folder of [reports, temporary]) fs.rmSync(folder, { recursive: true, force: true }); },
  };
}

async function lintPart() {
  const results = await lint();
  const passed = results.filter(result => result.ok).length;
  return { passed, failed: results.length - passed, skipped: 0 };
}

async function vitest(run, projects) {
  const file = path.join(run.reports, `${projects[0]}.json`);
  const code = await foreground(process.execPath, [BIN.vitest, 'run', ...projects.flatMap(name => ['--project', name]),
    '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], { env: run.env, stdio: ['ignore', 'inherit', 'inherit'] });
  const report = readReport(file, code);
  const unloadable = report.testResults.filter(suite => suite.status === 'failed' && suite.assertionResults.length === 0).length;
  return checked(code, {
    passed: report.numPassedTests, failed: report.numFailedTests + unloadable, skipped: report.numPendingTests + report.numTodoTests,
  });
}

async function playwright(run) {
  const display = await startDisplay();
  try {
    const file = path.join(run.reports, 'e2e.json');
    const env = { ...run.env, DISPLAY: display.name, WAYLAND_DISPLAY: '', ELECTRON_OVERRIDE_DIST_PATH: electronRuntime().dir, PLAYWRIGHT_JSON_OUTPUT_FILE: file };
    const code = await foreground(process.execPath, [BIN.playwright, 'test', '-c', 'e2e/playwright.config.ts', '--reporter=list,json'],
      { env, stdio: ['ignore', 'inherit', 'inherit'] });
    const { stats, errors } = readReport(file, code);
    return checked(code, { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length, skipped: stats.skipped });
  } finally {
    await display.stop();
  }
}

function readReport(file, code) {
  try { return JSON.parse(fs.readFileSync(file, 'utf8')); } catch { throw new Error(`the runner ended with code ${code} and left no report`); }
}

/** A runner that ran nothing, or that fails without naming a test, has failed. */
function checked(code, counts) {
  if (counts.passed + counts.failed === 0) throw new Error('no test ran');
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

async function nothingLeft(run) {
  const processes = await processesLeft(run.id);
  for (const { pid, command } of processes) {
    console.log(`FAILED  still running: ${pid} ${command}`);
    process.kill(pid, 'SIGKILL');
  }
  const files = filesLeft(run.temporary);
  for (const file of files) console.log(`FAILED  temporary file left: ${file}`);
  if (processes.length + files.length > 0) return { passed: 0, failed: 1, skipped: 0 };
}

/** A piece of work that gives no counts is one test. */
async function counted(work) {
  try {
    return (await work()) ?? { passed: 1, failed: 0, skipped: 0 };
  } catch (error) {
    console.log(`FAILED  ${error instanceof Stop ? error.message : error.stack}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

function report(counts) {
  console.log('');
  for (const [name, count] of counts) console.log(`${name.padEnd(20)} ${inWords(count)}`);
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const [, count] of counts) for (const key of Object.keys(total)) total[key] += count[key];
  console.log(`\n${inWords(total)}`);
  return total.failed === 0 ? 0 : 1;
}

function inWords({ passed, failed, skipped }) { return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`; }
