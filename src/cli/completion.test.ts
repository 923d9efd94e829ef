/* Asked of real shells. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionFor } from './completion';
import { UsageError } from './verb';
import { VERBS } from './verbs';

const asked = (...words: string[]): string[] => execFileSync('bash', ['--norc', '-c', `${completionFor('bash', VERBS)}\nCOMP_WORDS=(xe "$@"); COMP_CWORD=$#; _xe; printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', ...words], { encoding: 'utf8' }).split('\n').filter(Boolean);

describe('completion', () => {
  it('knows verbs, and what each takes', () => {
    expect(asked('vm-sta')).toEqual(['vm-start']);
    expect(asked('-s', 'host', '-u', 'root', 'sr-cre')).toEqual(['sr-create']);
    expect(asked('vm-start', '')).toEqual(['uuid=', 'vm=', 'paused=', 'on=', '--force', '--multiple']);
    expect(asked('sr-create', 'device')).toEqual(['device-config:']);
    expect(asked('help', 'vif-mo')).toEqual(['vif-move']);
    expect(asked('nonsense', '')).toEqual([]);
  });
  it('takes the name of a shell only', () => { expect(() => completionFor('sh', VERBS)).toThrow(UsageError); });
  it.each(['zsh', 'fish'])('is read by %s, where it is installed', shell => {
    const text = completionFor(shell, VERBS), { error, status, stderr } = spawnSync(shell, ['-c', text.replace(/^autoload.*$/m, 'autoload -Uz compinit && compinit -u -D && autoload -U +X bashcompinit && bashcompinit')], { encoding: 'utf8' });
    if (error) expect(text).toContain('vm-start');
    else expect([status, stderr]).toEqual([0, '']);
  });
});
