import { isNull, NULL_REF, type Records } from '../../shared/api';
import { isEveryday } from '../../shared/rules/everyday-messages';
import type { IndexSpec } from '../api';

/* The lists that the screens show, each kept in order by the record store. */

const byName = (record: { name_label: string }): string => record.name_label;
/** XenCenter's word for what is nobody's to see, such as the VM that a template is being prepared in. */
const isHidden = (vm: Records['VM']): boolean => vm.other_config['HideFromXenCenter'] === 'true';
const isVm = (vm: Records['VM']): boolean => !vm.is_a_template && !vm.is_a_snapshot && !vm.is_control_domain && !isHidden(vm);
export const VMS: IndexSpec<'VM'> = { cls: 'VM', keep: isVm, sortBy: byName };
/** The host on which a VM is or, halted, is to start; the null reference: any. */
export const homeOf = ({ resident_on, affinity }: Pick<Records['VM'], 'resident_on' | 'affinity'>): string => (isNull(resident_on) ? isNull(affinity) ? NULL_REF : affinity : resident_on);
/** The same VMs, those of one host beside each other: the list changes when one moves. */
export const VMS_BY_HOME: IndexSpec<'VM'> = { cls: 'VM', keep: isVm, sortBy: vm => `${homeOf(vm)} ${vm.name_label}` };
export const TEMPLATES: IndexSpec<'VM'> = { cls: 'VM', keep: vm => vm.is_a_template && !vm.is_a_snapshot && !isHidden(vm), sortBy: byName };
export const HOSTS: IndexSpec<'host'> = { cls: 'host', keep: () => true, sortBy: byName };
export const POOLS: IndexSpec<'pool'> = { cls: 'pool', keep: () => true, sortBy: byName };
export const SRS: IndexSpec<'SR'> = { cls: 'SR', keep: () => true, sortBy: byName };
export const SMS: IndexSpec<'SM'> = { cls: 'SM', keep: () => true, sortBy: byName };
export const PIFS: IndexSpec<'PIF'> = { cls: 'PIF', keep: () => true, sortBy: pif => pif.device };
/** Oldest first. */
export const MESSAGES: IndexSpec<'message'> = { cls: 'message', keep: () => true, sortBy: message => message.timestamp.replaceAll('-', '') };
/** What somebody should know, or once should have. */
export const ALERTS: IndexSpec<'message'> = { ...MESSAGES, keep: message => !isEveryday(message) };
export const NETWORKS: IndexSpec<'network'> = { cls: 'network', keep: () => true, sortBy: byName };
export const APPLIANCES: IndexSpec<'VM_appliance'> = { cls: 'VM_appliance', keep: () => true, sortBy: byName };
export const SUBJECTS: IndexSpec<'subject'> = { cls: 'subject', keep: () => true, sortBy: subject => subject.other_config['subject-name'] ?? subject.subject_identifier };
