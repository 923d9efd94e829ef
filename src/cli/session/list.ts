import { callPlugin } from '../plugin';
import { print, type Verb } from '../verb';

interface Listed { id: string; user: string; role: string; origin: string; originator: string; opened: string; last_active: string; own: boolean }

export const sessionList: Verb = {
  name: 'session-list', summary: 'lists who is logged in, from where and since when (below pool-operator: your own)', parameters: [], flags: ['json', 'minimal'],
  run: async context => {
    const text = await callPlugin(context, 'Listing', 'sessions', {}), { flags, terminal: { stdout } } = context, sessions = JSON.parse(text) as Listed[];
    if (flags.has('json')) { print(stdout, JSON.stringify(sessions, undefined, 2)); return; }
    if (flags.has('minimal')) { print(stdout, sessions.map(({ id }) => id).join(',')); return; }
    for (const { id, user, role, origin, originator, opened, last_active, own } of sessions) {
      print(stdout, `${id}  ${user} (${role})${own ? ' this one' : ''}\n    from ${origin}${originator === '' ? '' : ` by ${originator}`}, since ${opened}, last call ${last_active}`);
    }
  },
};
