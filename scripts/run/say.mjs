/* What the scripts tell the person goes to stderr: stdout belongs to the program that a script runs. */

export function say(text) { process.stderr.write(`${text}\n`); }

/** An end that the person can mend: the message is the whole story, no stack trace. */
export class Stop extends Error {}

/** Runs a script's main function; a number that it gives is the exit code. */
export async function runScript(main) {
  try {
    const code = await main();
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    say(error instanceof Stop ? `\n${error.message}\n` : `\n${error.stack}\n`);
    process.exitCode = 1;
  }
}
