import { accessSync, chownSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
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

/** Its path; undefined: it is not installed. */
export const findSwtpm = (path = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'): string | undefined =>
  path.split(delimiter).map(folder => join(folder, 'swtpm')).find(file => { try { accessSync(file, constants.X_OK); return true; } catch { return false; } });

/** QEMU finds it at FILES.tpm. Nobody else uses this state when it resolves. */
export const startTpm = async (swtpm: string, directory: MachineDirectory, statePath: string, runAs: Identity | undefined): Promise<void> => {
  await endTpm(statePath);
  const socket = await listenForChild(directory.address(FILES.tpm));
  try {
    if (runAs) chownSync(directory.file(FILES.tpm), runAs.uid, runAs.gid); // QEMU connects as that user
    await spawnDetached(swtpm, ['socket', '--tpm2', '--tpmstate', stateArgument(statePath), '--ctrl', 'type=unixio,fd=3', '--terminate', '--log', `file=${directory.file('swtpm.log')}`], {
      cwd: '/', fds: ['ignore', 'ignore', 'ignore', socket.fd], env: { PATH: '/usr/bin:/bin', HOME: '/', LANG: 'C.UTF-8' }, runAs,
    });
  } finally { socket.dispose(); }
};

/** Ends what still uses this state: its QEMU has ended, or never came. */
export const endTpm = async (statePath: string): Promise<void> => {
  await Promise.all(processesOf(statePath).map(async id => {
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

const processesOf = (statePath: string): ProcessId[] => readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap(name => {
  const pid = Number(name), facts = factsOf(pid);
  return facts !== undefined && !facts.ended && facts.args.includes('--tpmstate') && facts.args.includes(stateArgument(statePath)) ? [{ pid, startTicks: facts.startTicks }] : [];
});
