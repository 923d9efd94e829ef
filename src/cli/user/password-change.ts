import { callPlugin } from '../plugin';
import { firstLineOf } from '../text-file';
import { UsageError, type Verb } from '../verb';

export const userPasswordChange: Verb = {
  name: 'user-password-change', summary: 'changes your own password, or (with name=) sets a new one for an account of the host', flags: [],
  parameters: [{ name: 'new-file', about: 'a file with the new password on its first line', required: true }, { name: 'old-file', about: 'a file with your password of today' }, { name: 'name', about: 'of somebody else, who is logged out' }],
  run: async context => {
    const { client, values } = context, fresh = firstLineOf('new-file', values.get('new-file') ?? ''), name = values.get('name'), old = values.get('old-file');
    if (name !== undefined) { await callPlugin(context, 'Changing', 'user_password', { name, password: fresh }); return; }
    if (old === undefined) throw new UsageError('your own password needs old-file=, somebody else\'s name=');
    await client.call('session.change_password', firstLineOf('old-file', old), fresh);
  },
};
