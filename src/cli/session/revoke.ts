import { callPlugin } from '../plugin';
import type { Verb } from '../verb';

export const sessionRevoke: Verb = {
  name: 'session-revoke', summary: 'ends a session with its consoles and transfers', parameters: [{ name: 'id', about: 'as session-list shows it', required: true }], flags: [],
  run: async context => { await callPlugin(context, 'Ending', 'session_revoke', { id: context.values.get('id') ?? '' }); },
};
