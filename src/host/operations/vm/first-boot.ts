import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { FirstBoot } from '../../guests/contract';
import type { Desk } from '../desk';
import { argument, type PluginFunction } from '../host/plugin-function';

/* What a VM is told at its first boot (docs/templates.md). It is kept in the host's own settings, where no client reads it, as long as there is the VM: cloud-init
 * would take a drive that is gone for a new machine. A password is hashed before it is written anywhere. Clients that know only records put it into
 * xenstore_data; it is taken out of there when the VM is started. */

const KEY = 'operations.first-boot';
/** `vm-data/first-boot/hostname` and so on. */
const IN_RECORD = 'vm-data/first-boot/';
/** In other_config of a template and of what is cloned from it: the program in the guest that makes a machine its own. */
export const FIRST_BOOT_PROGRAM = 'first-boot-program';

type Stored = Readonly<Record<string, FirstBoot>>;
const all = (desk: Desk): Stored => JSON.parse(desk.store.setting(KEY) ?? '{}') as Stored;
/** Those whose VM is gone go too. */
const write = (desk: Desk, stored: Stored): void => {
  const there = new Set([...desk.store.all('VM').values()].map(vm => vm.uuid));
  desk.store.setSetting(KEY, JSON.stringify(Object.fromEntries(Object.entries(stored).filter(([uuid]) => there.has(uuid)))));
};

export const firstBootOf = (desk: Desk, uuid: string): FirstBoot | undefined => all(desk)[uuid];
export const setFirstBoot = (desk: Desk, uuid: string, firstBoot: FirstBoot): void => { write(desk, { ...all(desk), [uuid]: firstBoot }); };
/** After a VM's record has gone. */
export const forgetFirstBoot = (desk: Desk, uuid: string): void => { if (firstBootOf(desk, uuid)) write(desk, all(desk)); };

/** The drive that its machine has, if any: from the start that it was told by on. */
export const seedOf = (desk: Desk, vm: Readonly<Records['VM']>): { seed?: Uint8Array } => {
  const firstBoot = firstBootOf(desk, vm.uuid);
  return firstBoot ? { seed: desk.seeds.drive(firstBoot, vm.uuid) } : {};
};

/** Before a VM boots: takes over what its record says. One of our templates that nobody told anything is at least called as its VM is. */
export const settleFirstBoot = (desk: Desk, ref: Ref<'VM'>): void => {
  const { uuid, name_label, xenstore_data, other_config } = desk.store.get('VM', ref);
  const said = Object.entries(xenstore_data).filter(([key]) => key.startsWith(IN_RECORD)).map(([key, value]) => [key.slice(IN_RECORD.length), value] as const);
  if (said.length === 0 && (firstBootOf(desk, uuid) ?? other_config[FIRST_BOOT_PROGRAM]) === undefined) return;
  const known = firstBootOf(desk, uuid), hostname = known?.hostname ?? (known?.settling === true ? undefined : desk.seeds.hostnameOf(name_label));
  if (said.length === 0 && known?.hostname === hostname) return;
  setFirstBoot(desk, uuid, { ...(hostname === undefined ? {} : { hostname }), ...known, ...readFirstBoot(desk, Object.fromEntries(said)) });
  if (said.length > 0) desk.store.transaction(tx => { tx.set('VM', ref, { xenstore_data: Object.fromEntries(Object.entries(tx.get('VM', ref).xenstore_data).filter(([key]) => !key.startsWith(IN_RECORD))) }); });
};

/** `first_boot {vm: uuid, hostname?, user?, password?, ssh_keys?, address?, gateway?, dns?, user_data?}` of a VM that is off. What is not said is not there. */
export const firstBootPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({
  first_boot: async (context, args) => {
    const vm = desk.store.byUuid('VM', argument(args, 'vm')), firstBoot = readFirstBoot(desk, args);
    await desk.lock.run(context, vm, 'provision', () => { setFirstBoot(desk, desk.store.get('VM', vm).uuid, firstBoot); });
    return '';
  },
});

const PASSWORD_MAX_CHARS = 512;
/** From texts, checked. */
export const readFirstBoot = (desk: Desk, args: Readonly<Record<string, string>>): FirstBoot => {
  const given = (name: string): string | undefined => (args[name] === undefined || args[name].trim() === '' ? undefined : args[name].trim());
  const list = (name: string, between: RegExp): string[] => (given(name) ?? '').split(between).map(each => each.trim()).filter(each => each !== '');
  const hostname = given('hostname'), user = given('user'), { password = '' } = args, address = given('address'), gateway = given('gateway'), userData = args['user_data'] ?? '';
  if (password.length > PASSWORD_MAX_CHARS || /[\r\n]/.test(password)) throw new ApiError('INVALID_VALUE', 'password', '');
  const sshKeys = list('ssh_keys', /\r?\n/), dns = list('dns', /[\s,]+/);
  const firstBoot: FirstBoot = {
    ...(hostname === undefined ? {} : { hostname }), ...(user === undefined ? {} : { user }), ...(password === '' ? {} : { passwordHash: desk.seeds.hash(password) }),
    ...(sshKeys.length === 0 ? {} : { sshKeys }), ...(userData.trim() === '' ? {} : { userData }),
    ...(address === undefined ? {} : { network: { address, ...(gateway === undefined ? {} : { gateway }), ...(dns.length === 0 ? {} : { dns }) } }),
  };
  const wrong = desk.seeds.check(firstBoot);
  if (wrong) throw new ApiError('INVALID_VALUE', wrong.field, wrong.why);
  return firstBoot;
};
