/* Reads the command line:  xe [-s ADDRESS[:PORT]] [-p PORT] [-u USER] [-pwf FILE | -pw PASSWORD] VERB [name=value ...] [--flag ...] */
import { addressText, DEFAULT_PORT, isFingerprint, normalFingerprint, parseAddress, type HostAddress } from '../client';
import { UsageError, type Flag, type Verb } from './verb';

export interface CommandLine {
  address: HostAddress;
  /** Absent: as the last time, or root. */
  user?: string;
  password?: string;
  passwordFile?: string;
  fingerprint?: string;
  remember: boolean;
  help: boolean;
  /** The verb, and for `help` what it is about. */
  words: readonly string[];
  values: ReadonlyMap<string, string>;
  flags: ReadonlySet<Flag>;
}

const FLAGS: ReadonlySet<string> = new Set<Flag>(['force', 'minimal', 'json', 'multiple']);
const WITH_VALUE: Readonly<Record<string, string>> = { '-s': 'server', '-p': 'port', '-u': 'user', '-pw': 'password', '-pwf': 'passwordFile', '--fingerprint': 'fingerprint' };

export const readCommandLine = (argv: readonly string[]): CommandLine => {
  const options = new Map<string, string>();
  const values = new Map<string, string>();
  const flags = new Set<Flag>();
  const words: string[] = [];
  let remember = true;
  let help = false;
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const [option, inline] = word.startsWith('--') && word.includes('=') ? halves(word) : [word, undefined];
    const named = WITH_VALUE[option];
    if (named !== undefined) {
      const value = inline ?? argv[++i];
      if (value === undefined) throw new UsageError(`${option} needs a value`);
      options.set(named, value);
    } else if (word === '--no-remember') remember = false;
    else if (word === '--help' || word === '-h') help = true;
    else if (word.startsWith('--') && FLAGS.has(word.slice(2))) flags.add(word.slice(2) as Flag);
    else if (word.startsWith('-')) throw new UsageError(`unknown option ${word}`);
    else if (words.length > 0 && word.includes('=')) {
      const [name, value] = halves(word);
      if (values.has(name)) throw new UsageError(`${name}= is given twice`);
      values.set(name, value);
    } else words.push(word);
  }
  const user = options.get('user');
  const password = options.get('password');
  const passwordFile = options.get('passwordFile');
  if (password !== undefined && passwordFile !== undefined) throw new UsageError('-pw and -pwf exclude each other');
  const fingerprint = readFingerprint(options.get('fingerprint'));
  return {
    address: readAddress(options.get('server') ?? 'localhost', options.get('port')), remember, help, words, values, flags,
    ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }), ...(passwordFile === undefined ? {} : { passwordFile }), ...(fingerprint === undefined ? {} : { fingerprint }),
  };
};

/** What was typed, against what the verb takes. */
export const checkAgainst = (verb: Verb, { words, values, flags }: CommandLine): void => {
  const [, extra] = words;
  if (extra !== undefined) throw new UsageError(`${verb.name}: "${extra}" is not name=value`);
  const known = (name: string): boolean => verb.parameters.some(parameter => (parameter.keys ? name.startsWith(`${parameter.name}:`) : parameter.name === name));
  for (const name of values.keys()) if (!known(name) && verb.filters !== true) throw new UsageError(`${verb.name} takes no ${name}=`);
  for (const flag of flags) if (!verb.flags.includes(flag)) throw new UsageError(`${verb.name} takes no --${flag}`);
  for (const { name, required } of verb.parameters) if (required === true && (values.get(name) ?? '') === '') throw new UsageError(`${verb.name} needs ${name}=`);
};

const readAddress = (text: string, port: string | undefined): HostAddress => {
  const address = parseAddress(text);
  if (!address) throw new UsageError(`"${text}" is not an address`);
  if (port === undefined) return address;
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65_535) throw new UsageError(`"${port}" is not a port`);
  if (address.port !== DEFAULT_PORT && address.port !== number) throw new UsageError(`-s ${addressText(address)} and -p ${port} contradict each other`);
  return { ...address, port: number };
};

const readFingerprint = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  const fingerprint = normalFingerprint(text);
  if (!isFingerprint(fingerprint)) throw new UsageError('--fingerprint needs the SHA-256 fingerprint of a certificate: 32 pairs of hexadecimal digits');
  return fingerprint;
};

const halves = (text: string): [string, string] => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)];
