import type { SubjectRecord } from '../../../../shared/api';
import { type RoleId, ROLES } from '../../../parts/session/roles';

/* Users, in words. */

/** The uuid of a role is the MD5 of its name: the same on every host. */
const REFS: Readonly<Record<string, RoleId>> = {
  'OpaqueRef:0165f154-ba3e-034e-6b27-5d271af109ba': 'pool-admin', 'OpaqueRef:b9ce9791-0604-50cd-0649-09b3284c7dfd': 'pool-operator', 'OpaqueRef:7955168d-7bec-10ed-105f-c6a7e6e63249': 'vm-power-admin',
  'OpaqueRef:aaa00ab5-7340-bfbc-0d1b-7cf342639a6e': 'vm-admin', 'OpaqueRef:fb8d4ff9-310c-a959-0613-54101535d3d5': 'vm-operator', 'OpaqueRef:7233b8e3-eacb-d7da-2c95-f2e581cdbf4e': 'read-only',
};
export const roleRefOf = (id: RoleId): string => Object.keys(REFS).find(ref => REFS[ref] === id) ?? '';

/** The most that a subject may; undefined: nothing yet. */
export const roleOf = ({ roles }: Pick<SubjectRecord, 'roles'>): RoleId | undefined => ROLES.find(({ id }) => roles.some(ref => REFS[ref] === id))?.id;

export const nameOf = ({ subject_identifier, other_config }: Pick<SubjectRecord, 'subject_identifier' | 'other_config'>): string => other_config['subject-name'] ?? subject_identifier;
export const isAccount = ({ subject_identifier }: Pick<SubjectRecord, 'subject_identifier'>): boolean => subject_identifier.startsWith('local-');
export const kindOf = (subject: Pick<SubjectRecord, 'subject_identifier' | 'other_config'>): string =>
  (isAccount(subject) ? 'Account of this host' : subject.other_config['subject-is-group'] === 'true' ? 'Group of the machine' : 'User of the machine');
