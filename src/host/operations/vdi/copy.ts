import { randomUUID } from 'node:crypto';
import { ApiError, isNull } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { withVdis } from './claim';
import { copyOf, inherited } from './clone';
import { makeOne } from './create';
import { assertRoom } from './make';

/** A full copy in any SR. Copies of differences (base_vdi, into_vdi) are not offered. */
export const copy = (desk: Desk): Handler<'VDI.copy'> => (context, from, sr, baseVdi, intoVdi) => {
  if (!isNull(baseVdi) || !isNull(intoVdi)) throw new ApiError('VALUE_NOT_SUPPORTED', isNull(baseVdi) ? 'into_vdi' : 'base_vdi', isNull(baseVdi) ? intoVdi : baseVdi, 'only full copies are made');
  return withVdis(desk, context, [from], 'copy', async () => {
    const vdi = desk.store.get('VDI', from);
    const into = isNull(sr) ? vdi.SR : sr;
    await assertRoom(desk, into, vdi.physical_utilisation);
    const target = { uuid: randomUUID(), name: vdi.name_label };
    return makeOne(desk, context, 'VDI.copy', { ...target, sr: into, operation: 'copy', from, make: copyOf(desk, from, target) }, inherited(vdi));
  });
};
