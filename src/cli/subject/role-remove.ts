import type { Verb } from '../verb';
import { ROLE, SUBJECT, subjectAndRole } from './roles';

export const subjectRoleRemove: Verb = {
  name: 'subject-role-remove', summary: 'takes a role from a subject, and ends its sessions', parameters: [SUBJECT, ROLE], flags: [],
  run: async context => context.client.call('subject.remove_from_roles', ...await subjectAndRole(context)),
};
