/* One run of xe: reads what was typed, connects, does the verb, gives the exit code. */
import { HostSilent, KnownHostsUnreadable, knownHostsFile, readKnownHosts } from '../client';
import { ApiError } from '../shared/api';
import { checkAgainst, readCommandLine, type CommandLine } from './arguments';
import { coloured } from './colour';
import { completionFor } from './completion';
import { connectTo } from './connection';
import { helpOn, helpOnAll } from './help';
import { manPage } from './man';
import { passwordOf } from './password';
import { CannotError, print, UsageError, type Terminal, type Verb } from './verb';
import { VERBS } from './verbs';
import { inWords, silenceInWords } from './words';

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

export const runXe = async (argv: readonly string[], terminal: Terminal): Promise<number> => {
  try {
    const line = readCommandLine(argv);
    const help = helpAsked(line), [name, shell] = line.words;
    if (help !== undefined) { print(terminal.stdout, help); return EXIT.done; }
    if (name === 'completion') { print(terminal.stdout, completionFor(shell ?? '', VERBS)); return EXIT.done; }
    if (name === 'man') { print(terminal.stdout, manPage(VERBS)); return EXIT.done; }
    if (name === 'known-hosts') { printKnownHosts(terminal); return EXIT.done; }
    if (name === undefined) throw new UsageError('what is to be done?');
    const verb = verbNamed(name);
    checkAgainst(verb, line);
    await run(verb, line, terminal);
    return EXIT.done;
  } catch (error) {
    if (error instanceof UsageError) {
      print(terminal.stderr, `${mark(terminal)} ${error.message}. "xe help" tells more.`);
      return EXIT.usage;
    }
    print(terminal.stderr, `${mark(terminal)} ${whyNot(error)}`);
    return EXIT.failed;
  }
};

const mark = (terminal: Terminal): string => coloured(terminal, terminal.stderr, 'red', 'xe:');

const run = async (verb: Verb, line: CommandLine, terminal: Terminal): Promise<void> => {
  const client = await connectTo(line, await passwordOf(line, terminal), terminal);
  try {
    await orCancelled(verb.run({ client, terminal, values: line.values, flags: line.flags }), terminal.signal);
  } finally {
    await client.close();
  }
};

/** Ctrl-C ends the waiting; what the host has begun it goes on with. */
const orCancelled = (work: Promise<void>, signal: AbortSignal): Promise<void> => new Promise((resolve, reject) => {
  const onAbort = (): void => { reject(new CannotError('cancelled; what the host has begun it goes on with')); };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  work.then(resolve, reject).finally(() => { signal.removeEventListener('abort', onAbort); });
});

const helpAsked = ({ help, words }: CommandLine): string | undefined => {
  const [first, second] = words;
  const about = first === 'help' ? second : help ? first : undefined;
  if (about !== undefined) return helpOn(verbNamed(about));
  return help || first === 'help' ? helpOnAll(VERBS) : undefined;
};

/** The profiles that xe and the console share. */
const printKnownHosts = ({ env, stdout }: Terminal): void => {
  for (const [address, { user = '', lastUsed = '', fingerprint }] of readKnownHosts(knownHostsFile(env))) print(stdout, [address, user, lastUsed.slice(0, 10), fingerprint].join('\t'));
};

const verbNamed = (name: string): Verb => {
  const verb = VERBS.find(each => each.name === name);
  if (!verb) throw new UsageError(`there is no verb "${name}"`);
  return verb;
};

const whyNot = (error: unknown): string => {
  if (error instanceof ApiError) return inWords(error.code, error.params);
  if (error instanceof HostSilent) return `the host: ${silenceInWords(error.reason)}`;
  if (error instanceof CannotError || error instanceof KnownHostsUnreadable) return error.message;
  return error instanceof Error ? error.stack ?? error.message : String(error);
};
