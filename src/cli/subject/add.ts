import type { Records } from '../../shared/api';
import { print, type Verb } from '../verb';

export const subjectAdd: Verb = {
  name: 'subject-add', summary: 'lets a user or a group of the Linux machine, or an account without a role, become a subject; then give it a role (subject-role-add)', flags: [],
  parameters: [{ name: 'subject-name', about: 'the name there', required: true }],
  run: async ({ client, values, terminal }) => {
    const subject_identifier = await client.call('auth.get_subject_identifier', values.get('subject-name') ?? ''), other_config = await client.call('auth.get_subject_information_from_identifier', subject_identifier);
    const subject = await client.call('subject.create', { subject_identifier, other_config } as Partial<Records['subject']> as Records['subject']);
    print(terminal.stdout, await client.call('subject.get_uuid', subject));
  },
};
