/* The manual page, made from the verbs as the help is:  xe man > xe.1 */
import { FLAGS, OPTIONS, USAGE } from './help';
import type { Verb } from './verb';

export const manPage = (verbs: readonly Verb[]): string => [
  '.TH XE 1 "" "Administrator Console" "Command line of hypervisor hosts"',
  '.SH NAME', 'xe \\- manages virtual machines on hosts that speak XenAPI',
  '.SH SYNOPSIS', `.B ${plain(USAGE)}`,
  '.SH DESCRIPTION', plain('Every verb is one or several calls to a host of XenServer, XCP-ng or Administrator Console. What follows the verb is name=value, in any order; what a verb takes stands below and in "xe help VERB".'),
  '.SH OPTIONS', ...OPTIONS.flatMap(([option, about]) => item(option, about)),
  '.SH VERBS', ...verbs.flatMap(verb => ['.SS ' + plain(verb.name), plain(verb.summary), ...parametersOf(verb)]),
  '.SH EXIT STATUS', ...item('0', 'done'), ...item('1', 'the host said no, or did not answer'), ...item('2', 'used wrongly'),
  '.SH FILES', ...item('~/.config/administrator-console/known-hosts.json', 'hosts that are trusted, with their certificates and who logged in; the console and xe share it. No password is in it.'),
  '.SH ENVIRONMENT', ...item('NO_COLOR', 'no colours, whatever the terminal can'), ...item('XDG_CONFIG_HOME', 'where known hosts are kept instead of ~/.config'),
  '',
].join('\n');

const item = (term: string, about: string): string[] => ['.TP', `.B ${plain(term)}`, plain(about)];
const parametersOf = ({ parameters, flags, filters }: Verb): string[] => [
  ...parameters.flatMap(({ name, about, required, keys }) => item(`${name}${keys ? ':KEY' : ''}=`, required ? `${about} (needed)` : about)),
  ...(filters ? item('FIELD=VALUE', 'only those whose field has this value') : []),
  ...flags.flatMap(flag => item(`--${flag}`, FLAGS[flag])),
];

/** A line that roff takes as text: a dot or a quote at its beginning would be a command. */
const plain = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^(?=[.'])/, '\\&').replace(/\s*\n\s*/g, ' ');
