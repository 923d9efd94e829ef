import { neededRef } from '../pick';
import type { Verb } from '../verb';
import { SUBJECT } from './roles';

export const subjectRemove: Verb = {
  name: 'subject-remove', summary: 'takes every role from a user or a group, and ends their sessions', parameters: [SUBJECT], flags: [],
  run: async context => context.client.call('subject.destroy', await neededRef(context, 'subject', 'uuid')),
};
