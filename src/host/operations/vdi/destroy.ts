import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { refreshSpace } from '../sr/space';
import { withVdis } from './claim';
import { dropVdi, release } from './lineage';

/** The disk goes, with its record and the VBDs that named it. One that is missing only loses its record. */
export const destroy = (desk: Desk): Handler<'VDI.destroy'> => async (context, vdi) => {
  const { SR: sr } = desk.store.get('VDI', vdi);
  await withVdis(desk, context, [vdi], 'destroy', () => release(desk, vdi));
  await refreshSpace(desk, sr);
};

/** Leaves the disk where it is; the next scan finds it again. */
export const forget = (desk: Desk): Handler<'VDI.forget'> => (context, vdi) =>
  withVdis(desk, context, [vdi], 'forget', () => { dropVdi(desk, vdi); return Promise.resolve(); });
