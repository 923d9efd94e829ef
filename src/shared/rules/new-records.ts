import { NULL_REF, type Ref, type VBDRecord, type VDIRecord } from '../api';

/* What clients hand to the constructors of XenAPI: the fields that one may give, with XenAPI's defaults. */

type Given<T, Needed extends keyof T, May extends keyof T> = Pick<T, Needed> & Partial<Pick<T, May>>;

export const newVdi = (fields: Given<VDIRecord, 'SR' | 'name_label' | 'virtual_size', 'name_description' | 'type' | 'sharable' | 'other_config' | 'sm_config'>): VDIRecord => ({
  name_description: '', type: 'user', sharable: false, read_only: false, other_config: {}, xenstore_data: {}, sm_config: {}, tags: [], ...fields,
} as Partial<VDIRecord> as VDIRecord);

/** A disk at a place of a VM, or a CD drive; without a VDI an empty one. */
export const newVbd = ({ VDI, ...fields }: Given<VBDRecord, 'VM' | 'userdevice', 'bootable' | 'mode' | 'type' | 'unpluggable'> & { VDI: Ref<'VDI'> | undefined }): VBDRecord => ({
  bootable: false, mode: fields.type === 'CD' ? 'RO' : 'RW', type: 'Disk', unpluggable: true, device: '', other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {}, ...fields, VDI: VDI ?? NULL_REF as Ref<'VDI'>, empty: VDI === undefined,
} as Partial<VBDRecord> as VBDRecord);
