import { ApiError, type Ref } from '../../shared/api';
import { numberedNames } from '../../shared/rules/numbered-names';
import { cdNamed } from '../cds';
import { callPlugin } from '../plugin';
import { disksOf, removeVm } from '../removal';
import { bytesOf } from '../sizes';
import { finish } from '../task';
import { firstLineOf, textOf } from '../text-file';
import { CannotError, print, UsageError, type Context, type Parameter, type Verb } from '../verb';
import { templateOf } from '../vms';
import { inWords } from '../words';

const COUNT_MAX = 100;
/** What XenAPI has no message for; the host makes the VM by itself then. The value is the plug-in's word for it. */
const MORE: readonly (Parameter & { as: string; file?: true; size?: true })[] = [
  { name: 'memory', as: 'memory', about: 'its memory, in bytes or with MiB or GiB behind', size: true },
  { name: 'vcpus', as: 'vcpus', about: 'its number of virtual processors' },
  { name: 'disk', as: 'disk', about: 'the size of its first disk, in bytes or with MiB or GiB behind', size: true },
  { name: 'new-disk', as: 'disks', about: 'one more disk, empty, of this size', size: true },
  { name: 'firmware', as: 'firmware', about: 'bios or uefi' },
  { name: 'repo-url', as: 'repo_url', about: 'installs from this network repository at its first start' },
  { name: 'debian-release', as: 'repo_release', about: 'the release there: bookworm' },
  { name: 'repo-args', as: 'repo_args', about: 'more arguments for the installer\'s kernel' },
  { name: 'repo-ca-file', as: 'repo_ca', about: 'a file with the CA of an https repository', file: true },
  { name: 'seed-file', as: 'repo_seed', about: 'a preseed or kickstart file for the installer', file: true },
  { name: 'seed-form-file', as: 'repo_form', about: 'a file with answers in JSON, of which the host makes one', file: true },
  { name: 'hostname', as: 'hostname', about: 'what the system calls itself; one VM only' },
  { name: 'user', as: 'user', about: 'whom password and key are for; root without it' },
  { name: 'password-file', as: 'password', about: 'a file with the password on its first line', file: true },
  { name: 'ssh-key-file', as: 'ssh_keys', about: 'a file with public SSH keys', file: true },
  { name: 'address', as: 'address', about: 'a fixed address with its prefix, 10.0.0.5/24; one VM only' },
  { name: 'gateway', as: 'gateway', about: 'its way out' },
  { name: 'dns', as: 'dns', about: 'its name servers' },
  { name: 'user-data-file', as: 'user_data', about: 'a script (#!) or #cloud-config for the first boot', file: true },
  { name: 'instant', as: 'instant', about: 'false: boot, do not go on from the template\'s memory' },
  { name: 'start', as: 'start', about: 'true: start it at once' },
];
const ONE_ONLY = ['hostname', 'address'];

export const vmInstall: Verb = {
  name: 'vm-install',
  summary: 'makes a VM, or several, from a template, and prints the uuids',
  parameters: [
    { name: 'template', about: 'the name of the template, or its uuid', required: true },
    { name: 'new-name-label', about: 'the name of the VM; with count=, # stands for the number' },
    { name: 'name-label', about: 'the same' },
    { name: 'count', about: 'how many' },
    { name: 'cd-name', about: 'a CD image in its drive, to install from' },
    ...MORE,
  ],
  flags: [],
  run: async context => {
    const { values, terminal } = context, name = values.get('new-name-label') ?? values.get('name-label') ?? '', count = Number(values.get('count') ?? 1);
    if (name === '') throw new UsageError('new-name-label= is missing');
    if (!Number.isInteger(count) || count < 1 || count > COUNT_MAX) throw new UsageError(`count= is a number from 1 to ${COUNT_MAX}`);
    const one = ONE_ONLY.find(field => values.has(field));
    if (one !== undefined && count > 1) throw new UsageError(`${one}= is for one VM, not for ${count}`);
    const template = await templateOf(context), more = { ...moreOf(values), ...await cdOf(context) }, failed: string[] = [];
    for (const each of numberedNames(name, count)) {
      try { print(terminal.stdout, await makeOne(context, template, each, more)); } catch (error) {
        if (count === 1 || !(error instanceof ApiError)) throw error;
        failed.push(each);
        print(terminal.stderr, `xe: ${each}: ${inWords(error.code, error.params)}`);
      }
    }
    if (failed.length > 0) throw new CannotError(`${failed.length} of ${count} were not made: ${failed.join(', ')}`);
  },
};

const makeOne = async (context: Context, template: Ref<'VM'>, name: string, more: Readonly<Record<string, string>>): Promise<string> => {
  const { client } = context;
  if (Object.keys(more).length > 0) {
    const answer = JSON.parse(await callPlugin(context, `Making ${name}`, 'vm_install', { template: await client.call('VM.get_uuid', template), name_label: name, ...more })) as { vm: string };
    return answer.vm;
  }
  const vm = await finish(context, 'Cloning the template', await client.call('Async.VM.clone', template, name)) as Ref<'VM'>;
  try {
    await finish(context, 'Provisioning', await client.call('Async.VM.provision', vm));
  } catch (error) {
    await removeVm(context, vm, await disksOf(client, vm)); // a template by another name is no use to anybody
    throw error;
  }
  return client.call('VM.get_uuid', vm);
};

const moreOf = (values: ReadonlyMap<string, string>): Record<string, string> => Object.fromEntries(MORE.flatMap(({ name, as, file, size }) => {
  const value = values.get(name);
  if (value === undefined) return [];
  if (file) return [[as, as === 'password' ? firstLineOf(name, value) : textOf(name, value)]];
  if (as === 'disks') return [[as, JSON.stringify([{ size: bytesOf(name, value) }])]];
  return [[as, size ? String(bytesOf(name, value)) : value]];
}));

/** The disk first: empty it is passed over, and once installed it is what boots. */
const cdOf = async ({ client, values }: Context): Promise<Record<string, string>> => {
  const name = values.get('cd-name');
  return name === undefined ? {} : { cd: (await cdNamed(client, name))[1].uuid, boot_order: 'cd' };
};
