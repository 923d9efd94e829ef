import { refOf } from '../pick';
import type { Verb } from '../verb';

export const messageDestroy: Verb = {
  name: 'message-destroy', summary: 'removes messages', parameters: [{ name: 'uuid', about: 'the uuid of the message, or several with commas between them', required: true }], flags: [],
  run: async ({ client, values }) => client.call('message.destroy_many', await Promise.all((values.get('uuid') ?? '').split(',').map(uuid => refOf(client, 'message', uuid.trim())))),
};
