/* The hypervisor host alone, in the foreground:
     npm run -s host -- --data DIR --listen ADDR:PORT --password-file FILE [--brand NAME]
   It prints one JSON line on stdout when it is ready. The service runs in this very process, so that whoever started it has its
   signals, its exit code and its end; set-up and build speak on stderr only. */
import './setup/node-version.mjs';
import { pathToFileURL } from 'node:url';
import { buildConsole, buildHost, HOST } from './build.mjs';
import { allEnded } from './run/child.mjs';
import { GUEST_ARGUMENTS } from './places.mjs';
import { runScript } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';

await runScript(async () => {
  await setUp(NEEDS.host);
  await allEnded([buildHost(), buildConsole()]); // it serves the console to browsers
  process.argv.splice(1, 1, HOST, ...GUEST_ARGUMENTS); // before what was given, whose own --guests then counts
  await import(pathToFileURL(HOST).href);
});
