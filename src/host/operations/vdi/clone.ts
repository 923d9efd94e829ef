import { randomUUID } from 'node:crypto';
import type { Records, Ref } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { withVdis } from './claim';
import { makeOne } from './create';
import type { Making } from './make';

export const clone = (desk: Desk): Handler<'VDI.clone'> => (context, from) =>
  withVdis(desk, context, [from], 'clone', () => {
    const vdi = desk.store.get('VDI', from);
    const target = { uuid: randomUUID(), name: vdi.name_label };
    return makeOne(desk, context, 'VDI.clone', { ...target, sr: vdi.SR, operation: 'clone', from, make: cloneOf(desk, from, target) }, inherited(vdi));
  });

/** By copy on write, in the same repository. */
export const cloneOf = (desk: Desk, from: Ref<'VDI'>, target: { uuid: string; name: string }): Making['make'] =>
  repository => repository.clone({ uuid: target.uuid, name: target.name, from: desk.store.get('VDI', from).uuid });

/** What a copy has in common with its original. */
export const inherited = (vdi: Readonly<Records['VDI']>): Partial<Records['VDI']> => ({
  name_label: vdi.name_label, name_description: vdi.name_description, type: vdi.type, sharable: vdi.sharable, other_config: vdi.other_config, xenstore_data: vdi.xenstore_data, tags: vdi.tags,
  read_only: false,
});
