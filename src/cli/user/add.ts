import { callPlugin } from '../plugin';
import { firstLineOf } from '../text-file';
import { print, type Verb } from '../verb';

export const userAdd: Verb = {
  name: 'user-add', summary: 'makes an account of the host with a role, and prints the uuid of its subject', flags: [],
  parameters: [{ name: 'name', about: 'what one logs in with', required: true }, { name: 'role', about: 'read-only, vm-operator, vm-admin, vm-power-admin, pool-operator or pool-admin', required: true },
    { name: 'password-file', about: 'a file with the password on its first line', required: true }, { name: 'full-name', about: 'who that is' }],
  run: async context => {
    const { values, terminal } = context, of = (name: string): string => values.get(name) ?? '';
    print(terminal.stdout, await callPlugin(context, 'Adding', 'user_add', { name: of('name'), role: of('role'), fullname: of('full-name'), password: firstLineOf('password-file', of('password-file')) }));
  },
};
