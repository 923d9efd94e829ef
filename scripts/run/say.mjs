/* What the scripts tell the person goes to stderr: stdout belongs to the program that a script runs. */

export function say(text) { process.stderr.write(`${text}\n`); }

/** An end that the person can mend: the message is the whole story, no stack trace. */
export class Stop extends Error {}

/** Runs a script's main function; its result is the exit code. */
export async function runScript(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    say(error instanceof Stop ? `\n${error.message}\n` : `\n${error.stack}\n`);
    process.exitCode = 1;
  }
}
