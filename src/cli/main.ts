/* xe, the command line: the process around one run. */
import { EXIT, runXe } from './xe';

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => { ending.abort(); });
// Whoever reads us may have read enough: `xe vm-list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => { process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed); });

void runXe(process.argv.slice(2), { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, signal: ending.signal })
  .then(code => {
    process.exitCode = code;
    process.stdin.destroy(); // a terminal that is still open would keep us here
  });
