/* What a test run leaves behind. Every process of a run carries a mark in its environment, and daemons inherit it too. */
import fs from 'node:fs';

const MARK = 'ADMINISTRATOR_CONSOLE_TEST_RUN';
const ENDING_LIMIT_MS = 5_000;
const LOOK_AGAIN_MS = 100;

/** The variable that marks everything started with it. */
export function markOf(run) { return { [MARK]: run }; }

/** `[{pid, command}]` of the run's processes that live on, after a moment for those that are just ending. */
export async function processesLeft(run) {
  const limit = Date.now() + ENDING_LIMIT_MS;
  for (;;) {
    const left = marked(`${MARK}=${run}`);
    if (left.length === 0 || Date.now() > limit) return left;
    await new Promise(resolve => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function marked(mark) {
  return fs.readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap(pid => {
    try {
      if (!fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark)) return [];
      return [{ pid: Number(pid), command: fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim().slice(0, 160) }];
    } catch { return []; } // gone meanwhile, or not ours to look at
  });
}

/* What tools keep in the temporary folder for their next run, and Chromium when it is killed; nothing of ours is among them. */
const LEFT_BY_TOOLS = [/^node-compile-cache$/, /^tsx-\d+$/, /^playwright-/, /^v8-compile-cache/, /^scoped_dir/, /^\.org\.chromium\./];

export function filesLeft(folder) { return fs.readdirSync(folder).filter(name => !LEFT_BY_TOOLS.some(pattern => pattern.test(name))); }
