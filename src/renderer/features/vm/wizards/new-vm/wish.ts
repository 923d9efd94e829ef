import { numberedNames } from '../../../../../shared/rules/numbered-names';
import type { Session } from '../../../../api';
import { GIB, MIB } from '../../../../ui/text';
import { diskBytesOf, type NewVm, type TemplateFacts } from './new-vm';
import { hideSecrets, repositoryArguments } from './repository';

/* The wizard's value as our hosts' plug-in takes it (docs/templates.md), and as a person at a shell would say it. */

export const namesOf = (value: NewVm): string[] => numberedNames(value.name.trim(), Number(value.count));

export const argumentsOf = ({ records }: Session, value: NewVm, facts: TemplateFacts, name: string): Record<string, string> => {
  const uuid = (cls: 'VM' | 'SR' | 'VDI' | 'network', ref: string): string => records.get(cls, ref)?.uuid ?? '';
  const disk = diskBytesOf(value, facts), { firstBoot, source } = value;
  const order = source === 'iso' ? (facts.diskBytes === undefined && value.disks.length === 0 ? 'd' : 'cd') : source === 'pxe' ? 'cn' : '';
  const said: Record<string, string> = {
    template: uuid('VM', value.template), name_label: name, name_description: value.description.trim(), folder: value.folder.trim(),
    vcpus: value.vcpus.trim(), memory: String(Number(value.memoryMib) * MIB), disk: disk === undefined ? '' : String(disk),
    disks: value.disks.length === 0 ? '' : JSON.stringify(value.disks.map(({ gib, sr }) => ({ size: Math.round(Number(gib) * GIB), ...(sr === '' ? {} : { sr: uuid('SR', sr) }) }))),
    networks: value.networks === undefined ? '' : JSON.stringify(value.networks.map(network => uuid('network', network))),
    cd: source === 'iso' ? uuid('VDI', value.iso) : '', drivers: source === 'iso' ? uuid('VDI', value.drivers) : '', boot_order: order, firmware: value.firmware,
    hostname: firstBoot.hostname.trim(), user: firstBoot.user.trim(), password: firstBoot.password, ssh_keys: firstBoot.sshKeys.trim(), address: firstBoot.address.trim(),
    gateway: firstBoot.gateway.trim(), dns: firstBoot.dns.trim(), user_data: firstBoot.userData, instant: value.boots ? 'false' : '', start: value.start ? 'true' : '',
    ...repositoryArguments(value, name, Number(value.count) > 1),
  };
  return Object.fromEntries(Object.entries(said).filter(([, text]) => text !== ''));
};

/** Never with the password in it. */
export const callsOf = (session: Session, value: NewVm, facts: TemplateFacts): string => namesOf(value).slice(0, SHOWN).map(name => {
  const args = argumentsOf(session, value, facts, name);
  return `host.call_plugin(host, "administrator-console", "vm_install",\n  ${JSON.stringify(hideSecrets(args), null, 2).replaceAll('\n', '\n  ')})`;
}).join('\n\n');
const SHOWN = 3;

const SHELL: readonly (readonly [argument: string, parameter: string])[] = [['memory', 'memory'], ['vcpus', 'vcpus'], ['disk', 'disk'], ['hostname', 'hostname'], ['user', 'user'], ['address', 'address'], ['gateway', 'gateway'], ['dns', 'dns'], ['repo_url', 'repo-url'], ['repo_release', 'debian-release'], ['repo_args', 'repo-args'], ['instant', 'instant'], ['start', 'start']];
/** Files stand for what is long or secret; disks, networks and install media are for the API. */
export const commandOf = (session: Session, value: NewVm, facts: TemplateFacts): string => {
  const args = argumentsOf(session, value, facts, value.name.trim()), quoted = (text: string): string => (/^[\w./:@#-]+$/.test(text) ? text : `'${text.replaceAll('\'', '\'\\\'\'')}'`);
  const template = session.records.get('VM', value.template)?.name_label ?? '', count = Number(value.count);
  return ['xe vm-install', `template=${quoted(template)}`, `new-name-label=${quoted(value.name.trim())}`, ...(count > 1 ? [`count=${count}`] : []),
    ...SHELL.flatMap(([argument, parameter]) => (args[argument] === undefined ? [] : [`${parameter}=${quoted(args[argument])}`])),
    ...(args['password'] === undefined ? [] : ['password-file=FILE']), ...(args['ssh_keys'] === undefined ? [] : ['ssh-key-file=FILE']), ...(args['user_data'] === undefined ? [] : ['user-data-file=FILE']),
    ...[['repo_seed', 'seed-file'], ['repo_form', 'seed-form-file'], ['repo_ca', 'repo-ca-file']].flatMap(([argument = '', parameter = '']) => (args[argument] === undefined ? [] : [`${parameter}=FILE`]))].join(' ');
};

/** Why it will boot and not go on from the template's memory, as far as can be said beforehand; undefined: it goes on. */
export const whyBoots = ({ records }: Session, value: NewVm, facts: TemplateFacts): string | undefined => {
  const template = records.get('VM', value.template), state = template?.other_config['instant-state'];
  if (template === undefined || state === undefined) return 'The template keeps no booted state.';
  if (value.boots) return 'You want it to boot.';
  if (Number(value.memoryMib) * MIB !== facts.memoryBytes) return 'Its memory is not the template’s.';
  if (Number(value.vcpus) !== facts.vcpus) return 'Its number of virtual CPUs is not the template’s.';
  if (value.source !== 'template' || value.firmware !== '') return 'It starts from elsewhere.';
  return undefined;
};

export const readAnswer = (text: string): { vm: string; mode: string } => {
  const said = JSON.parse(text) as { vm?: unknown; mode?: unknown };
  return { vm: typeof said.vm === 'string' ? said.vm : '', mode: typeof said.mode === 'string' ? said.mode : '' };
};
