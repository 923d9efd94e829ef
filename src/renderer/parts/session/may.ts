import type { Method } from '../../../shared/api';
import type { HttpAction } from '../../../shared/api/generated/http';
import type { Session } from '../../api';
import { inSentence } from '../../ui/text';
import { whyNotLive } from './liveness';
import { type RoleId, ROLES, roleTitle } from './roles';

/* What the role of whoever is logged in leaves out, in words. The host tells what it allows; a host that does not tell is asked, and refuses by itself. */

/** What each permission is for, after "may not". */
const DOINGS = {
  'VM.start': 'start VMs', 'VM.start_on': 'choose the host of a VM', 'VM.clean_shutdown': 'shut down VMs', 'VM.hard_shutdown': 'shut down VMs', 'VM.clean_reboot': 'reboot VMs', 'VM.hard_reboot': 'reboot VMs',
  'VM.suspend': 'suspend VMs', 'VM.resume': 'resume VMs', 'VM.pause': 'pause VMs', 'VM.unpause': 'go on with paused VMs',
  'VM.clone': 'clone VMs', 'VM.copy': 'copy VMs', 'VM.provision': 'make VMs', 'VM.destroy': 'delete VMs', 'VM.set_is_a_template': 'convert VMs and templates',
  'VM.snapshot': 'take snapshots', 'VM.checkpoint': 'take snapshots', 'VM.revert': 'revert VMs', 'VM.pool_migrate': 'migrate VMs', 'http/get_export': 'export VMs', 'http/put_import': 'import VMs',
  'VM.set_name_label': 'change VMs', 'VM.set_VCPUs_max': 'change the processors of VMs', 'VM.set_VCPUs_number_live': 'change the processors of VMs', 'VM.set_memory_limits': 'change the memory of VMs', 'VM.set_memory_dynamic_range': 'change the memory of VMs',
  'VM.add_to_platform': 'change the hardware of VMs', 'VM.add_to_HVM_boot_params': 'change what VMs boot with', 'VM.add_to_VCPUs_params': 'change the share that VMs have', 'VM.add_to_other_config': 'change VMs',
  'VM.add_tags': 'tag VMs', 'VM.add_to_other_config/key:folder': 'move VMs between folders', 'VM.add_to_other_config/key:xencenter.customfields.*': 'change custom fields',
  'VM.set_order': 'change how VMs start with the host', 'VM.add_to_blocked_operations': 'change what protects VMs', 'VTPM.create': 'add a TPM', 'VTPM.destroy': 'remove a TPM',
  'VBD.create': 'give disks to VMs', 'VBD.plug': 'plug in disks', 'VBD.unplug': 'unplug disks', 'VBD.destroy': 'take disks from VMs', 'VBD.insert': 'insert discs', 'VBD.eject': 'eject discs', 'VBD.set_qos_algorithm_params': 'change disks',
  'VIF.create': 'add network cards', 'VIF.plug': 'plug in network cards', 'VIF.unplug': 'unplug network cards', 'VIF.destroy': 'remove network cards',
  'VDI.create': 'make disks', 'VDI.destroy': 'delete disks', 'VDI.forget': 'forget disks', 'VDI.resize': 'resize disks', 'VDI.set_name_label': 'change disks', 'VDI.copy': 'copy disks', 'VDI.pool_migrate': 'move disks of VMs',
  'http/get_export_raw_vdi': 'export disks', 'http/put_import_raw_vdi': 'bring in disks and images',
  'SR.create': 'add storage', 'SR.destroy': 'destroy storage', 'SR.forget': 'forget storage', 'SR.scan': 'rescan storage', 'SR.set_name_label': 'change storage', 'SR.add_tags': 'tag storage', 'PBD.plug': 'attach storage', 'PBD.unplug': 'detach storage',
  'pool.set_default_SR': 'choose the default storage', 'network.create': 'add networks', 'network.destroy': 'delete networks', 'network.set_name_label': 'change networks', 'network.add_tags': 'tag networks',
  'host.set_name_label': 'change hosts', 'pool.set_name_label': 'change pools', 'pool.add_to_other_config': 'change how alerts are sent', 'host.add_to_other_config': 'change the limits of alerts', 'SR.add_to_other_config': 'change the limits of alerts', 'PIF.reconfigure_ip': 'change addresses of hosts', 'PIF.scan': 'look for network cards', 'PIF.plug': 'bring network cards up or down', 'PIF.unplug': 'bring network cards up or down', 'PIF.forget': 'forget network cards', 'Bond.set_mode': 'change bonds', 'host.management_reconfigure': 'choose how hosts are managed',
  'VM_appliance.start': 'start groups of VMs', 'VM_appliance.clean_shutdown': 'shut down groups of VMs', 'VM_appliance.hard_shutdown': 'shut down groups of VMs', 'VM_appliance.set_name_label': 'change groups of VMs', 'VM_appliance.destroy': 'delete groups of VMs',
  'message.destroy': 'acknowledge alerts',
  'subject.create': 'manage users', 'session.logout_subject_identifier': 'end sessions of others',
  'host.call_plugin/key:template_build': 'build templates', 'host.call_plugin/key:sr_check': 'check storage', 'host.call_plugin/key:iso_fetch': 'fetch images', 'host.call_plugin/key:console_log': 'read the logs of consoles', 'host.call_plugin/key:p2v_code': 'bring in machines',
  'http/connect_console': 'use consoles',
} as const satisfies Readonly<Partial<Record<Method | `${Method}/key:${string}` | `http/${HttpAction}`, string>>>;
export type Permission = keyof typeof DOINGS;
export const PERMISSIONS = Object.keys(DOINGS) as Permission[];

/** What only this role and those above it may; the roles are nested. */
const MARKS: readonly (readonly [RoleId, string])[] = [['pool-admin', 'subject.create'], ['pool-operator', 'sr.create'], ['vm-power-admin', 'vm.snapshot'], ['vm-admin', 'vm.destroy'], ['vm-operator', 'vm.start']];
/** Of who is logged in. One that may everything is nobody's whom this asks about. */
export const ownRole = (session: Session): RoleId => MARKS.find(([, permission]) => session.may(permission))?.[0] ?? ROLES[ROLES.length - 1]?.id ?? 'read-only';

/** Undefined: the role is enough. What the highest role lacks is no matter of roles: a host of an older release does not know it, and says so itself. */
export const whyNotByRole = (session: Session, permission: Permission): string | undefined => {
  if (session.may(permission.toLowerCase())) return undefined;
  const role = ownRole(session);
  return role === 'pool-admin' ? undefined : `Your role, ${inSentence(roleTitle(role))}, may not ${DOINGS[permission]}.`;
};

/** Why it cannot be asked of the host of `session` now: nobody is there, or the role is not enough. */
export const whyNotMay = (session: Session, permission: Permission): string | undefined => {
  const { state, address } = session.view.get();
  return whyNotLive(state, address) ?? whyNotByRole(session, permission);
};
