import { describe, expect, it } from 'vitest';
import { checkAgainst, readCommandLine } from './arguments';
import { srCreate } from './sr/create';
import { UsageError } from './verb';
import { VERBS } from './verbs';
import { vmClone } from './vm/clone';
import { vmDestroy } from './vm/destroy';
import { vmStart } from './vm/start';

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

describe('the command line', () => {
  it('is read in any order', () => {
    const line = readCommandLine(['-s', '10.0.0.1:8443', '-u', 'admin', '-pwf', '/p', '--no-remember', 'vm-clone', 'uuid=1', '--force', 'new-name-label=a=b', '--fingerprint', FINGERPRINT.toLowerCase().replaceAll(':', '')]);
    expect(line).toMatchObject({ address: { host: '10.0.0.1', port: 8443 }, user: 'admin', passwordFile: '/p', remember: false, fingerprint: FINGERPRINT, words: ['vm-clone'] });
    expect([...line.values]).toEqual([['uuid', '1'], ['new-name-label', 'a=b']]);
    expect([...line.flags]).toEqual(['force']);
  });
  it('has defaults', () => {
    expect(readCommandLine(['vm-list'])).toMatchObject({ address: { host: 'localhost', port: 443 }, remember: true, help: false });
    expect(readCommandLine(['vm-list']).user).toBeUndefined();
    expect(readCommandLine(['-s', '[::1]', '-p', '8443', `--fingerprint=${FINGERPRINT}`])).toMatchObject({ address: { host: '::1', port: 8443 }, fingerprint: FINGERPRINT });
  });
  it.each([
    [['-s']], [['-s', 'a b']], [['-p', '0']], [['-p', 'x']], [['-s', 'a:1', '-p', '2']], [['-x', 'vm-list']], [['--nonsense', 'vm-list']], [['vm-list', 'uuid=1', 'uuid=2']],
    [['-pw', 'a', '-pwf', 'b', 'vm-list']], [['--fingerprint', 'AB:CD', 'vm-list']],
  ])('is refused: %j', argv => { expect(() => readCommandLine(argv)).toThrow(UsageError); });

  it('is held against the verb', () => {
    const vmList = VERBS.find(({ name }) => name === 'vm-list')!;
    const check = (verb: typeof vmStart, ...argv: string[]) => () => { checkAgainst(verb, readCommandLine(argv)); };
    expect(check(vmStart, 'vm-start', 'uuid=1', '--force')).not.toThrow();
    expect(check(vmList, 'vm-list', 'power-state=running', '--json')).not.toThrow();
    expect(check(vmDestroy, 'vm-destroy', 'name=1')).toThrow('vm-destroy takes no name=');
    expect(check(srCreate, 'sr-create', 'name-label=a', 'type=dir', 'device-config:location=/srv')).not.toThrow();
    expect(check(srCreate, 'sr-create', 'name-label=a', 'type=dir', 'device-config=/srv')).toThrow('sr-create takes no device-config=');
    expect(check(vmStart, 'vm-start', '--minimal')).toThrow('vm-start takes no --minimal');
    expect(check(vmStart, 'vm-start', 'debian')).toThrow('"debian" is not name=value');
    expect(check(vmClone, 'vm-clone', 'uuid=1')).toThrow('vm-clone needs new-name-label=');
    expect(check(vmClone, 'vm-clone', 'uuid=1', 'new-name-label=')).toThrow('vm-clone needs new-name-label=');
  });
});
