import { chownSync, readdirSync } from 'node:fs';
import { listenForChild } from '../../platform/handed-over-socket';
import { delay } from '../../platform/clock';
import { factsOf, signalProcess, spawnDetached, watchProcess } from '../../platform/processes';
import type { ProcessId } from '../../platform/processes';
import type { Identity } from '../../platform/run-program';
import { FILES } from './command-line';
import type { MachineDirectory } from './run-directory';

/* A machine's TPM: one swtpm process beside its QEMU, with a state of its own. It lives and survives as QEMU does, and ends with it (--terminate: when QEMU's
 * connection closes). A swtpm is known by the folder on its command line, so nothing has to be written down about it. */

/** A swtpm whose QEMU is gone ends by itself; one that does not is made to. */
export const TPM_END_GRACE_MS = 3_000;

/** QEMU finds it at FILES.tpm. Nobody else uses this state when it resolves. */
export const startTpm = async (swtpm: string, directory: MachineDirectory, statePath: string, runAs: Identity | undefined): Promise<void> => {
  await endTpms([statePath]);
  const socket = await listenForChild(directory.address(FILES.tpm));
  try {
    if (runAs) chownSync(directory.file(FILES.tpm), runAs.uid, runAs.gid); // QEMU connects as that user
    await spawnDetached(swtpm, ['socket', '--tpm2', '--tpmstate', stateArgument(statePath), '--ctrl', 'type=unixio,fd=3', '--terminate', '--log', `file=${directory.file('swtpm.log')}`], {
      cwd: '/', fds: ['ignore', 'ignore', 'ignore', socket.fd], env: { PATH: '/usr/bin:/bin', HOME: '/', LANG: 'C.UTF-8' }, runAs,
    });
  } finally { socket.dispose(); }
};

/** Ends what still uses these states: their QEMUs have ended, or never came. */
export const endTpms = async (statePaths: readonly string[]): Promise<void> => {
  await Promise.all(processesOf(statePaths).map(async id => {
    const watch = watchProcess(id), over = new AbortController();
    try {
      signalProcess(id, 'SIGTERM');
      watch.nudge();
      await Promise.race([watch.exited, delay(TPM_END_GRACE_MS, over.signal).catch(() => {})]);
      if (signalProcess(id, 'SIGKILL')) { watch.nudge(); await watch.exited; }
    } finally { over.abort(); watch.dispose(); }
  }));
};

const stateArgument = (path: string): string => `dir=${path},mode=0600`;

const processesOf = (statePaths: readonly string[]): ProcessId[] => {
  const states = new Set(statePaths.map(stateArgument));
  if (states.size === 0) return [];
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(name => {
    const pid = Number(name), facts = factsOf(pid), state = facts?.args[facts.args.indexOf('--tpmstate') + 1];
    return facts !== undefined && !facts.ended && facts.args.includes('--tpmstate') && states.has(state ?? '') ? [{ pid, startTicks: facts.startTicks }] : [];
  });
};
