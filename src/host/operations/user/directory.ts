import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { MachineSubject, MachineUsers } from '../../users/contract';
import type { Reader, Store } from '../../store/contract';
import type { Handlers } from '../contract';
import { ADMINISTRATOR, isPassword } from '../session/passwords';
import { highest, roleOf } from '../session/roles';
import { accountIdentifier, accountNamed, accountOf } from './accounts';

/* Who is who: accounts of this host, and users and groups of the Linux machine where PAM is enabled. An account goes before a user of the machine of the same name. */

export const PAM = 'PAM';

export interface Directory {
  /** Who this is, if the password is right. */
  prove(user: string, password: string): Promise<Proof | undefined>;
  handlers: Handlers;
}
/** @property sids the person's own identifier first, then those of the groups */
export interface Proof { user: string; account: Ref<'user'> | undefined; sids: readonly string[] }

export const createDirectory = (store: Store, machine: MachineUsers | undefined): Directory => {
  const pam = (): { users: MachineUsers; service: string } | undefined => {
    const host = [...store.all('host').values()][0];
    return machine && host?.external_auth_type === PAM ? { users: machine, service: host.external_auth_service_name } : undefined;
  };
  /** An account of the host goes before a user of the machine. */
  const known = async (account: Ref<'user'> | undefined, there: () => Promise<MachineSubject | undefined> | undefined): Promise<Known> => {
    if (account !== undefined) return { account };
    const found = await there();
    if (!found) throw new ApiError('SUBJECT_CANNOT_BE_RESOLVED');
    return { there: found };
  };
  const find = (name: string): Promise<Known> => known(accountNamed(store, name), () => pam()?.users.find(name));
  const byIdentifier = (identifier: string): Promise<Known> => known(accountOf(store, identifier), () => pam()?.users.byIdentifier(identifier));
  return {
    prove: async (user, password) => {
      const account = user === ADMINISTRATOR ? undefined : accountNamed(store, user), source = pam();
      if (account !== undefined || !source || user === ADMINISTRATOR) {
        const isRight = await isPassword(store, account === undefined ? undefined : store.get('user', account).uuid, password);
        return isRight && account !== undefined && store.find('user', account) ? { user, account, sids: [accountIdentifier(store, account)] } : undefined;
      }
      const there = await source.users.find(user);
      if (!await source.users.isPassword(source.service, user, password) || !there || there.isGroup) return undefined;
      return { user, account: undefined, sids: [there.identifier, ...await source.users.groups(user)] };
    },
    handlers: {
      'auth.get_subject_identifier': async (_context, name) => identifierOf(store, await find(name)),
      'auth.get_subject_information_from_identifier': async (_context, identifier) => informationOf(store, await byIdentifier(identifier)),
      'auth.get_group_membership': async (_context, identifier) => {
        const known = await byIdentifier(identifier);
        return known.there && !known.there.isGroup ? await pam()?.users.groups(known.there.name) ?? [] : [];
      },
    },
  };
};

type Known = { account: Ref<'user'>; there?: undefined } | { there: MachineSubject; account?: undefined };
const identifierOf = (reader: Reader, known: Known): string => (known.account === undefined ? known.there.identifier : accountIdentifier(reader, known.account));

/** With XenServer's keys: a client copies them into the subject that it makes. */
const informationOf = (reader: Reader, known: Known): Record<string, string> => {
  const { name, fullName, isGroup } = known.account === undefined ? known.there : { ...aboutAccount(reader.get('user', known.account)), isGroup: false };
  const sid = identifierOf(reader, known);
  return {
    'subject-name': name, 'subject-displayname': fullName === '' ? name : fullName, 'subject-gecos': fullName, 'subject-sid': sid, 'subject-is-group': String(isGroup),
    'subject-account-disabled': 'false', 'subject-account-expired': 'false', 'subject-account-locked': 'false', 'subject-password-expired': 'false',
    ...(/^[ug]\d+$/.test(sid) ? { [isGroup ? 'subject-gid' : 'subject-uid']: sid.slice(1) } : {}),
  };
};
const aboutAccount = ({ short_name, fullname }: Readonly<Records['user']>): { name: string; fullName: string } => ({ name: short_name, fullName: fullname });
export const informationOfAccount = (reader: Reader, account: Ref<'user'>): Record<string, string> => informationOf(reader, { account });

/** What someone may who has these identifiers, and by which subject; undefined: nobody let them in. */
export const grantOf = (reader: Reader, sids: readonly string[]): { subject: Ref<'subject'>; role: string } | undefined => {
  const granted = [...reader.all('subject')].filter(([, { subject_identifier }]) => sids.includes(subject_identifier))
    .flatMap(([subject, { roles, subject_identifier }]) => { const role = highest(roles.map(roleOf).filter(name => name !== undefined)); return role === undefined ? [] : [{ subject, role, rank: sids.indexOf(subject_identifier) }]; });
  const role = highest(granted.map(one => one.role));
  return granted.filter(one => one.role === role).sort((a, b) => a.rank - b.rank)[0];
};
