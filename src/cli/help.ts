/* Help, made from the verbs. */
import type { Verb } from './verb';

export const USAGE = 'xe -s ADDRESS[:PORT] [-u USER] -pwf FILE VERB [name=value ...]';
export const OPTIONS: readonly (readonly [string, string])[] = [
  ['-s ADDRESS[:PORT]', 'the host (localhost)'],
  ['-p PORT', 'its port (443)'],
  ['-u USER', 'who logs in (as the last time at this host; root)'],
  ['-pwf FILE', 'a file with the password; without it xe asks'],
  ['-pw PASSWORD', 'the password itself, for every user of this machine to see'],
  ['--fingerprint SHA256', 'the certificate that the host must show'],
  ['--no-remember', 'trust an unknown certificate this once only'],
];

export const helpOn = (verb: Verb): string => [
  `${verb.name}: ${verb.summary}`,
  '',
  ...columns([...verb.parameters.map(({ name, about, required, keys }) => [`${name}${keys ? ':KEY' : ''}=${required === true ? '  (needed)' : ''}`, about] as const), ...verb.flags.map(flag => [`--${flag}`, FLAGS[flag]] as const)]),
].join('\n');

export const helpOnAll = (verbs: readonly Verb[]): string => [
  `usage: ${USAGE}`, '', ...columns(OPTIONS), '', ...columns(verbs.map(({ name, summary }) => [name, summary] as const)), '', '"xe help VERB" tells what a verb takes. "xe completion bash" (zsh, fish) prints what a shell completes it with, "xe man" a manual page, "xe known-hosts" the hosts that xe and the console trust.',
].join('\n');

export const FLAGS = { force: 'without asking, at once', minimal: 'values only, with commas between them', json: 'as JSON, with XenAPI\'s names', multiple: 'all that fit, where there are several' } as const;

const columns = (rows: readonly (readonly [string, string])[]): string[] => {
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
};
