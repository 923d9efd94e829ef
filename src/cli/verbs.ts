import { applianceCreate } from './appliance/create';
import { applianceDestroy } from './appliance/destroy';
import { applianceShutdown } from './appliance/shutdown';
import { applianceStart } from './appliance/start';
import { auditLogGet } from './audit/log-get';
import { auditLogVerify } from './audit/log-verify';
import { bondCreate } from './bond/create';
import { bondDestroy } from './bond/destroy';
import { bondSetMode } from './bond/set-mode';
import { cdList } from './cd/list';
import { console_ } from './console';
import { eventWait } from './event-wait';
import { poolDisableExternalAuth } from './external-auth/disable';
import { poolEnableExternalAuth } from './external-auth/enable';
import { hostAllEditions } from './host/all-editions';
import { hostApplyEdition } from './host/apply-edition';
import { hostCallPlugin } from './host/call-plugin';
import { hostDisable } from './host/disable';
import { hostEnable } from './host/enable';
import { hostLicenseAdd } from './host/license-add';
import { hostLicenseRemove } from './host/license-remove';
import { hostLicenseView } from './host/license-view';
import { KINDS } from './kinds';
import { messageDestroy } from './message/destroy';
import { networkCreate } from './network/create';
import { networkDestroy } from './network/destroy';
import { p2vCode } from './p2v/code';
import { p2vIso } from './p2v/iso';
import { p2vList } from './p2v/list';
import { paramVerbs } from './param-verbs';
import { pbdCreate } from './pbd/create';
import { pbdDestroy } from './pbd/destroy';
import { pbdPlug } from './pbd/plug';
import { pbdUnplug } from './pbd/unplug';
import { pifForget } from './pif/forget';
import { pifPlug } from './pif/plug';
import { pifReconfigureIp } from './pif/reconfigure-ip';
import { pifScan } from './pif/scan';
import { pifUnplug } from './pif/unplug';
import { poolApplyEdition } from './pool/apply-edition';
import { poolGetLicenseState } from './pool/license-state';
import { secretCreate } from './secret/create';
import { secretDestroy } from './secret/destroy';
import { sessionList } from './session/list';
import { sessionRevoke } from './session/revoke';
import { snapshotClone } from './snapshot/clone';
import { snapshotCopy } from './snapshot/copy';
import { snapshotDestroy } from './snapshot/destroy';
import { snapshotRevert } from './snapshot/revert';
import { snapshotUninstall } from './snapshot/uninstall';
import { srCreate } from './sr/create';
import { srDestroy } from './sr/destroy';
import { srForget } from './sr/forget';
import { srIntroduce } from './sr/introduce';
import { srProbe } from './sr/probe';
import { srScan } from './sr/scan';
import { srUpdate } from './sr/update';
import { subjectAdd } from './subject/add';
import { subjectRemove } from './subject/remove';
import { subjectRoleAdd } from './subject/role-add';
import { subjectRoleRemove } from './subject/role-remove';
import { taskCancel } from './task/cancel';
import { templateBuild } from './template/build';
import { userAdd } from './user/add';
import { userPasswordChange } from './user/password-change';
import { userRemove } from './user/remove';
import { vbdCreate } from './vbd/create';
import { vbdDestroy } from './vbd/destroy';
import { vbdEject } from './vbd/eject';
import { vbdInsert } from './vbd/insert';
import { vbdPlug } from './vbd/plug';
import { vbdUnplug } from './vbd/unplug';
import { vdiClone } from './vdi/clone';
import { vdiCopy } from './vdi/copy';
import { vdiCreate } from './vdi/create';
import { vdiDestroy } from './vdi/destroy';
import { vdiExport } from './vdi/export';
import { vdiForget } from './vdi/forget';
import { vdiImport } from './vdi/import';
import { vdiPoolMigrate } from './vdi/pool-migrate';
import { vdiResize } from './vdi/resize';
import { vdiSnapshot } from './vdi/snapshot';
import type { Verb } from './verb';
import { vifCreate } from './vif/create';
import { vifDestroy } from './vif/destroy';
import { vifMove } from './vif/move';
import { vifPlug } from './vif/plug';
import { vifUnplug } from './vif/unplug';
import { vlanCreate } from './vlan/create';
import { vlanDestroy } from './vlan/destroy';
import { vmCdAdd } from './vm/cd-add';
import { vmCdEject } from './vm/cd-eject';
import { vmCdInsert } from './vm/cd-insert';
import { vmCdList } from './vm/cd-list';
import { vmCdRemove } from './vm/cd-remove';
import { vmCheckpoint } from './vm/checkpoint';
import { vmClone } from './vm/clone';
import { vmCopy } from './vm/copy';
import { vmDestroy } from './vm/destroy';
import { vmDiskAdd } from './vm/disk-add';
import { vmDiskList } from './vm/disk-list';
import { vmDiskRemove } from './vm/disk-remove';
import { vmExport } from './vm/export';
import { vmImport } from './vm/import';
import { vmInstall } from './vm/install';
import { vmMemoryDynamicRangeSet } from './vm/memory-dynamic-range-set';
import { vmMemoryLimitsSet } from './vm/memory-limits-set';
import { vmMemorySet } from './vm/memory-set';
import { vmMigrate } from './vm/migrate';
import { vmPause } from './vm/pause';
import { vmReboot } from './vm/reboot';
import { vmResetPowerstate } from './vm/reset-powerstate';
import { vmResume } from './vm/resume';
import { vmShutdown } from './vm/shutdown';
import { vmSnapshot } from './vm/snapshot';
import { vmStart } from './vm/start';
import { vmSuspend } from './vm/suspend';
import { vmUninstall } from './vm/uninstall';
import { vmUnpause } from './vm/unpause';
import { vmVcpuHotplug } from './vm/vcpu-hotplug';
import { vmVifList } from './vm/vif-list';
import { vtpmCreate } from './vtpm/create';
import { vtpmDestroy } from './vtpm/destroy';

/** What acts, a file each. */
const ACTIONS: readonly Verb[] = [
  vmStart, vmShutdown, vmReboot, vmInstall, vmClone, vmCopy, vmExport, vmImport, vmMigrate, vmDestroy, vmUninstall, vmCdList, vmCdInsert, vmCdEject,
  vmCdAdd, vmCdRemove, vmCheckpoint, vmDiskAdd, vmDiskList, vmDiskRemove, vmMemoryDynamicRangeSet, vmMemoryLimitsSet, vmMemorySet, vmPause,
  vmResetPowerstate, vmResume, vmSnapshot, vmSuspend, vmUnpause, vmVcpuHotplug, vmVifList,
  templateBuild,
  snapshotClone, snapshotCopy, snapshotDestroy, snapshotRevert, snapshotUninstall,
  applianceCreate, applianceDestroy, applianceShutdown, applianceStart,
  hostCallPlugin, hostDisable, hostEnable,
  hostLicenseAdd, hostLicenseRemove, hostLicenseView, hostApplyEdition, hostAllEditions, poolApplyEdition, poolGetLicenseState,
  srCreate, srDestroy, srForget, srIntroduce, srProbe, srScan, srUpdate,
  pbdCreate, pbdDestroy, pbdPlug, pbdUnplug,
  vdiExport, vdiImport, vdiClone, vdiCopy, vdiCreate, vdiDestroy, vdiForget, vdiPoolMigrate, vdiResize, vdiSnapshot,
  cdList,
  vbdCreate, vbdDestroy, vbdEject, vbdInsert, vbdPlug, vbdUnplug,
  vifCreate, vifDestroy, vifMove, vifPlug, vifUnplug,
  networkCreate, networkDestroy,
  pifForget, pifPlug, pifReconfigureIp, pifScan, pifUnplug,
  bondCreate, bondDestroy, bondSetMode,
  vlanCreate, vlanDestroy,
  taskCancel,
  messageDestroy,
  secretCreate, secretDestroy,
  userAdd, userRemove, userPasswordChange, subjectAdd, subjectRemove, subjectRoleAdd, subjectRoleRemove, sessionList, sessionRevoke, auditLogGet, auditLogVerify,
  poolEnableExternalAuth, poolDisableExternalAuth,
  vtpmCreate, vtpmDestroy,
  p2vIso, p2vCode, p2vList,
  eventWait,
  console_,
];

/** An action comes before what is made for every kind. */
export const VERBS: readonly Verb[] = [...ACTIONS, ...KINDS.flatMap(paramVerbs).filter(({ name }) => !ACTIONS.some(action => action.name === name))];
