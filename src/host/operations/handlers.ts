import type { Handlers } from './contract';
import type { Desk } from './desk';
import { migration } from './archive/migrate';
import { callPlugin } from './host/plugins';
import { enabling, queries as hostQueries } from './host/queries';
import { licences } from './licence/licences';
import { networkMessages } from './network/handlers';
import { messages } from './message/messages';
import { dataSources } from './metrics/data-sources';
import * as pbd from './pbd/plug';
import { secrets } from './secret/secrets';
import * as srCreate from './sr/create';
import { details as srDetails } from './sr/details';
import * as srForget from './sr/forget';
import { introduce } from './sr/introduce';
import { probing } from './sr/probe';
import { scan } from './sr/scan';
import { appliances } from './appliance/appliances';
import * as vbdCreate from './vbd/create';
import { assertAttachable } from './vbd/attachable';
import * as vbdDestroy from './vbd/destroy';
import { media as vbdMedia } from './vbd/media';
import * as vbdPlug from './vbd/plug';
import { settings as vbdSettings } from './vbd/settings';
import * as vbdUnplug from './vbd/unplug';
import * as vdiClone from './vdi/clone';
import * as vdiCopy from './vdi/copy';
import * as vdiCreate from './vdi/create';
import * as vdiDestroy from './vdi/destroy';
import { introducing } from './vdi/introduce';
import { names as vdiNames } from './vdi/names';
import { poolMigrate } from './vdi/pool-migrate';
import { resize } from './vdi/resize';
import * as vdiSnapshot from './vdi/snapshot';
import { resizeOnline } from './vdi/resize-online';
import * as vifCreate from './vif/create';
import { changes as vifChanges } from './vif/change';
import * as vifDestroy from './vif/destroy';
import * as vifPlug from './vif/plug';
import * as vifUnplug from './vif/unplug';
import * as vmClone from './vm/clone';
import * as vmCopy from './vm/copy';
import * as vmCreate from './vm/create';
import * as vmDestroy from './vm/destroy';
import { fields as vmFields } from './vm/fields';
import { hardwareSettings } from './vm/hardware-settings';
import { memoryLive } from './vm/memory-live';
import { pause, unpause } from './vm/pause';
import { powerStateReset } from './vm/power-state-reset';
import { provision } from './vm/provision';
import { queries as vmQueries } from './vm/queries';
import { resume, resumeOn } from './vm/resume';
import { revert } from './vm/revert';
import { cleanReboot, hardReboot } from './vm/reboot';
import { settings as vmSettings } from './vm/settings';
import { cleanShutdown, hardShutdown, shutdown } from './vm/shutdown';
import { checkpoint, snapshot, snapshotWithQuiesce } from './vm/snapshot';
import { start, startOn } from './vm/start';
import { suspend } from './vm/suspend';
import { setSuspendVdi } from './vm/suspend-image';
import { vtpms } from './vtpm/vtpm';
import { vcpusLive } from './vm/vcpus-live';

/** Every message written by hand, one file per operation. */
export const createHandlers = (desk: Desk): Handlers => ({
  'VM.create': vmCreate.create(desk),
  'VM.destroy': vmDestroy.destroy(desk),
  'VM.clone': vmClone.clone(desk),
  'VM.copy': vmCopy.copy(desk),
  'VM.snapshot': snapshot(desk),
  'VM.snapshot_with_quiesce': snapshotWithQuiesce(desk),
  'VM.checkpoint': checkpoint(desk),
  'VM.revert': revert(desk),
  'VM.suspend': suspend(desk),
  'VM.resume': resume(desk),
  'VM.resume_on': resumeOn(desk),
  'VM.set_suspend_VDI': setSuspendVdi(desk),
  'VM.provision': provision(desk),
  'VM.start': start(desk),
  'VM.start_on': startOn(desk),
  'VM.clean_shutdown': cleanShutdown(desk),
  'VM.hard_shutdown': hardShutdown(desk),
  'VM.shutdown': shutdown(desk),
  'VM.clean_reboot': cleanReboot(desk),
  'VM.hard_reboot': hardReboot(desk),
  'VM.pause': pause(desk),
  'VM.unpause': unpause(desk),
  'VM.power_state_reset': powerStateReset(desk),
  ...vmSettings(desk),
  ...memoryLive(desk),
  ...vcpusLive(desk),
  ...vmFields(desk),
  ...hardwareSettings(desk),
  ...vtpms(desk),
  ...appliances(desk),
  ...vmQueries(desk),
  'VBD.create': vbdCreate.create(desk),
  'VBD.destroy': vbdDestroy.destroy(desk),
  ...vbdDestroy.setMode(desk),
  ...vbdSettings(desk),
  ...vbdMedia(desk),
  'VBD.plug': vbdPlug.plug(desk),
  'VBD.unplug': vbdUnplug.unplug(desk),
  'VBD.unplug_force': vbdUnplug.unplugForce(desk),
  'VBD.assert_attachable': assertAttachable(desk),
  'VDI.create': vdiCreate.create(desk),
  'VDI.destroy': vdiDestroy.destroy(desk),
  'VDI.forget': vdiDestroy.forget(desk),
  'VDI.clone': vdiClone.clone(desk),
  'VDI.snapshot': vdiSnapshot.snapshot(desk),
  'VDI.copy': vdiCopy.copy(desk),
  'VDI.pool_migrate': poolMigrate(desk),
  'VDI.resize': resize(desk),
  'VDI.resize_online': (context, vdi, size) => resizeOnline(desk, context, vdi, size),
  ...vdiNames(desk),
  ...introducing(desk),
  'VIF.create': vifCreate.create(desk),
  'VIF.destroy': vifDestroy.destroy(desk),
  'VIF.plug': vifPlug.plug(desk),
  'VIF.unplug': vifUnplug.unplug(desk),
  'VIF.unplug_force': vifUnplug.unplugForce(desk),
  ...vifChanges(desk),
  'SR.create': srCreate.create(desk),
  'SR.introduce': introduce(desk),
  'SR.forget': srForget.forget(desk),
  'SR.destroy': srForget.destroy(desk),
  'SR.scan': scan(desk),
  ...srDetails(desk),
  ...probing(desk),
  ...secrets(desk),
  'PBD.create': pbd.create(desk),
  'PBD.destroy': pbd.destroy(desk),
  'PBD.plug': pbd.plug(desk),
  'PBD.unplug': pbd.unplug(desk),
  ...hostQueries(desk),
  ...enabling(desk),
  ...licences(desk),
  ...callPlugin(desk),
  ...messages(desk),
  ...dataSources(desk),
  ...networkMessages(desk),
  ...migration(desk),
});
