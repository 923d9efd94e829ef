import { closeSync, openSync } from 'node:fs';
import { listenForChild } from '../../platform/handed-over-socket';
import type { HandedOverSocket } from '../../platform/handed-over-socket';
import { spawnDetached } from '../../platform/processes';
import type { DetachedChild } from '../../platform/processes';
import type { Identity } from '../../platform/run-program';
import { FILES } from './command-line';
import type { MachineDirectory } from './run-directory';

/* Starts a QEMU in its directory. Directly, not by -daemonize: that forks once more (some 10 ms), hides the exit from us, and
 * leaves a pid that has to be looked for. A child in a session of its own survives this service as well, and while the service
 * lives the kernel tells of its end at once. */
export const launchQemu = async (binary: string, args: readonly string[], directory: MachineDirectory, runAs: Identity | undefined, savedState?: string): Promise<DetachedChild> => {
  let sockets: HandedOverSocket[] = [];
  const saved = savedState === undefined ? [] : [openSync(savedState, 'r')];
  const said = openSync(directory.file(FILES.said), 'ax', 0o600);
  try {
    // In the order of INHERITED: descriptor 3 and up.
    const made = await Promise.allSettled([FILES.monitor, FILES.spareMonitor, FILES.serial, FILES.guestAgent].map(file => listenForChild(directory.address(file))));
    sockets = made.flatMap(each => each.status === 'fulfilled' ? [each.value] : []);
    for (const each of made) if (each.status === 'rejected') throw each.reason;
    return await spawnDetached(binary, args, { cwd: directory.path, fds: ['ignore', said, said, ...sockets.map(socket => socket.fd), ...saved], env: environment(), runAs });
  } finally {
    for (const socket of sockets) socket.dispose();
    for (const fd of [said, ...saved]) closeSync(fd);
  }
};

/** Nothing of the service's own environment: it may hold secrets. */
const environment = (): Record<string, string> => ({ PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', HOME: '/', LANG: 'C.UTF-8' });
