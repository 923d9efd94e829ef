/* What a shell needs to complete xe's verbs and parameters, made from the verbs:  eval "$(xe completion bash)". */
import { UsageError, type Verb } from './verb';

export const completionFor = (shell: string, verbs: readonly Verb[]): string => {
  switch (shell) {
    case 'bash': return bash(verbs);
    case 'zsh': return `autoload -U +X bashcompinit && bashcompinit\n${bash(verbs)}`;
    case 'fish': return fish(verbs);
    default: throw new UsageError('completion is for bash, zsh or fish');
  }
};

const OPTIONS = ['-s', '-p', '-u', '-pw', '-pwf', '--fingerprint', '--no-remember'];
/** Options that a value follows. */
const WITH_VALUE = '-s|-p|-u|-pw|-pwf|--fingerprint';
const wordsOf = ({ parameters, flags }: Verb): string => [...parameters.map(({ name, keys }) => (keys ? `${name}:` : `${name}=`)), ...flags.map(flag => `--${flag}`)].join(' ');

const bash = (verbs: readonly Verb[]): string => `_xe() {
  local word="\${COMP_WORDS[COMP_CWORD]}" verb="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${WITH_VALUE}) ((i++));;
      -*) ;;
      *) verb="\${COMP_WORDS[i]}"; break;;
    esac
  done
  compopt -o nospace 2>/dev/null
  case "$verb" in
    "") compopt +o nospace 2>/dev/null; COMPREPLY=($(compgen -W "${[...OPTIONS, 'help', 'known-hosts', 'man', ...verbs.map(({ name }) => name)].join(' ')}" -- "$word"));;
    help) COMPREPLY=($(compgen -W "${verbs.map(({ name }) => name).join(' ')}" -- "$word"));;
${verbs.filter(verb => wordsOf(verb) !== '').map(verb => `    ${verb.name}) COMPREPLY=($(compgen -W "${wordsOf(verb)}" -- "$word"));;`).join('\n')}
    *) COMPREPLY=();;
  esac
}
complete -F _xe xe`;

/** One function for all: a condition for each verb would be asked hundreds of times a key. */
const fish = (verbs: readonly Verb[]): string => `function __xe_words
  set -l skip no
  for word in (commandline -opc)[2..]
    if test $skip = yes; set skip no; continue; end
    switch $word
      case ${WITH_VALUE.split('|').join(' ')}; set skip yes
      case '-*'
${verbs.map(verb => `      case ${verb.name}; printf '%s\\n' ${wordsOf(verb)}; return`).join('\n')}
      case '*'; return
    end
  end
  printf '%s\\t%s\\n' ${verbs.map(({ name, summary }) => `${name} ${quoted(summary)}`).join(' ')}
end
complete -c xe -f -a '(__xe_words)'`;
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
