/* The command line:  npm run -s xe -- -s ADDR:PORT -u root -pwf FILE VERB ... */
import './setup/node-version.mjs';
import { pathToFileURL } from 'node:url';
import { buildCli, CLI } from './build.mjs';
import { runScript } from './run/say.mjs';
import { NEEDS, setUp } from './setup.mjs';

await runScript(async () => {
  await setUp(NEEDS.command);
  await buildCli();
  process.argv[1] = CLI;
  await import(pathToFileURL(CLI).href);
});
