/* npm start: gets this machine ready, starts the hypervisor host on it and opens the console, connected.
     --listen ADDR:PORT   where the host listens                 (127.0.0.1:8443)
     --data DIR           where the host keeps its data
     --stop-vms           shut the VMs down at the end; without it they go on, and the next start finds them
     --console-only       no host on this machine, only the console
   Ctrl-C, or closing the window, ends both console and host. Without a display the host runs alone. */
import './setup/node-version.mjs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildConsole, buildHost } from './build.mjs';
import { HOST_DATA } from './places.mjs';
import { allEnded } from './run/child.mjs';
import { openConsole, sandboxFlags } from './run/console.mjs';
import { hasDisplay } from './run/display.mjs';
import { startHost } from './run/host.mjs';
import { runScript, say, Stop } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';

await runScript(async () => {
  const options = readOptions();
  const withConsole = hasDisplay();
  if (!withConsole && options['console-only']) throw new Stop('There is no display here to open the console on.');
  await setUp([...(options['console-only'] ? [] : NEEDS.host), ...(withConsole ? NEEDS.console : [])]);
  await allEnded([options['console-only'] ? undefined : buildHost(), buildConsole()]);
  const flags = withConsole ? await sandboxFlags() : [];
  const interrupted = new Promise(resolve => { for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve()); });
  if (options['console-only']) return consoleUntilClosed({ flags }, interrupted);

  const host = await startHost({ data: path.resolve(options.data), listen: options.listen, stopVms: options['stop-vms'], interrupted });
  if (!host) return 0;
  say(`${host.isOurs ? 'The host runs' : 'The host runs already, from an earlier start; it is used'}: https://${host.address}`);
  if (!withConsole) tellHowToConnect(host);
  if (!host.isOurs) return withConsole ? consoleUntilClosed({ flags, connectFile: host.connectFile }, interrupted) : 0;
  try {
    const over = Promise.race([interrupted, host.ended]);
    const code = await (withConsole ? consoleUntilClosed({ flags, connectFile: host.connectFile }, over) : over.then(() => 0));
    const hostCode = host.exitCode();
    if (hostCode !== undefined) throw new Stop(`The host ended by itself, with code ${hostCode}; what it said is above.`);
    say(options['stop-vms'] ? 'Shutting the VMs down and stopping the host ...' : 'Stopping the host. Running VMs go on; the next start finds them. (--stop-vms shuts them down.)');
    return code;
  } finally {
    await host.stop();
  }
});

/** Gives the console's exit code; 0 when it had to go because all is over. */
async function consoleUntilClosed(how, over) {
  const opened = openConsole(how);
  let isOver = false;
  const closing = over.then(() => {
    isOver = true;
    return opened.stop();
  });
  const code = await opened.ended;
  if (isOver) await closing;
  return isOver ? 0 : code;
}

function tellHowToConnect({ address, fingerprint }) {
  const [, port] = /:(\d+)$/.exec(address);
  say(`
There is no display here, so the host runs alone. To connect a console to it:

  address      ${address}
  user         root, with the password that was printed when this host first started
  fingerprint  ${fingerprint}

On a machine with a display:  npm start -- --console-only
(from another machine: let the host listen there, npm start -- --listen 0.0.0.0:${port}, or  ssh -L ${port}:${address} THIS-MACHINE)
For a look at the console here, as pictures under docs/images:  npm run shots
`);
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        listen: { type: 'string', default: '127.0.0.1:8443' },
        data: { type: 'string', default: HOST_DATA },
        'stop-vms': { type: 'boolean', default: false },
        'console-only': { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new Stop(`${error.message}\n\nnpm start [-- --listen ADDR:PORT --data DIR --stop-vms --console-only]`);
  }
}
