import type { Ref, VDIRecord } from '../../../shared/api';

/** What VDI.create wants: the fields that a client may give, with XenAPI's defaults. */
export const newVdi = (fields: { SR: Ref<'SR'>; name_label: string; virtual_size: number; name_description?: string; type?: VDIRecord['type']; other_config?: Readonly<Record<string, string>> }): VDIRecord => ({
  name_description: '', type: 'user', sharable: false, read_only: false, other_config: {}, xenstore_data: {}, sm_config: {}, tags: [], ...fields,
} as Partial<VDIRecord> as VDIRecord);
