import { neededRef } from '../pick';
import { onOne } from '../actions';

export const vbdInsert = onOne('VBD', {
  name: 'vbd-insert', summary: 'puts a CD into a drive', title: 'Inserting',
  parameters: [{ name: 'vdi-uuid', about: 'the CD image', required: true }],
  call: async (context, vbd) => context.client.call('Async.VBD.insert', vbd, await neededRef(context, 'VDI', 'vdi-uuid')),
});
