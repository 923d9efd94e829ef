import type { Verb } from '../verb';
import { ROLE, SUBJECT, subjectAndRole } from './roles';

export const subjectRoleAdd: Verb = {
  name: 'subject-role-add', summary: 'gives a subject a role, at once', parameters: [SUBJECT, ROLE], flags: [],
  run: async context => context.client.call('subject.add_to_roles', ...await subjectAndRole(context)),
};
