import fs from 'node:fs';
import path from 'node:path';

/* Every file of the brain that makes a plan, and by which test the service is killed at each boundary of it. A new one has to be named here, and walked there.
 * Plans of one shape are walked once: VM.start for VM.start_on and the restarts, VBD.unplug for VBD.unplug_force, one setter for its like. */

type By = 'kill-walk' | 'kill-walk-machine' | 'p2v' | 'templates' | 'lab';
const OPERATIONS = path.resolve(import.meta.dirname, '../../../src/host/operations');

const PLANS: Readonly<Record<string, readonly [By, ...string[]]>> = {
  'template/offer.ts': ['kill-walk', 'template'],
  'archive/import.ts': ['kill-walk', 'VM.import'], 'archive/import-ova.ts': ['kill-walk', 'OVA.import'], 'archive/migrate.ts': ['kill-walk', 'VM.migrate_send'], 'archive/vdi.ts': ['kill-walk', 'VDI.import'], 'vm/install.ts': ['kill-walk', 'vm_install'],
  'sr/create.ts': ['kill-walk', 'SR.create'], 'sr/forget.ts': ['kill-walk', 'SR.destroy'],
  'vdi/clone.ts': ['kill-walk', 'VDI.clone'], 'vdi/copy.ts': ['kill-walk', 'VDI.copy'], 'vdi/create.ts': ['kill-walk', 'VDI.create'], 'vdi/lineage.ts': ['kill-walk', 'VDI.clone'],
  'vdi/pool-migrate.ts': ['kill-walk', 'VDI.pool_migrate'], 'vdi/snapshot.ts': ['kill-walk', 'VDI.snapshot'],
  'vm/boot.ts': ['kill-walk', 'VM.start', 'VM.resume'], 'vm/clone.ts': ['kill-walk', 'VM.clone'], 'vm/copy.ts': ['kill-walk', 'VM.copy'], 'vm/provision.ts': ['kill-walk', 'VM.provision'],
  'vm/revert.ts': ['kill-walk', 'VM.revert'], 'vm/snapshot.ts': ['kill-walk', 'VM.snapshot', 'VM.checkpoint'], 'vm/suspend.ts': ['kill-walk', 'VM.suspend'],
  'p2v/make.ts': ['p2v', 'P2V.open'],
  'vbd/plug.ts': ['kill-walk', 'VBD.plug'],
  'vbd/media.ts': ['kill-walk-machine', 'VBD.insert', 'VBD.eject'], 'vbd/settings.ts': ['kill-walk-machine', 'VBD.set_qos_algorithm_params'], 'vbd/unplug.ts': ['kill-walk-machine', 'VBD.unplug'],
  'vdi/resize-online.ts': ['kill-walk-machine', 'VDI.resize_online'],
  'vif/change.ts': ['kill-walk-machine', 'VIF.move'], 'vif/plug.ts': ['kill-walk-machine', 'VIF.plug'], 'vif/unplug.ts': ['kill-walk-machine', 'VIF.unplug'],
  'vm/disk-weight.ts': ['kill-walk-machine', 'VM.set_other_config'], 'vm/memory-live.ts': ['kill-walk-machine', 'VM.set_memory_target_live'], 'vm/vcpus-live.ts': ['kill-walk-machine', 'VM.set_VCPUs_number_live'],
  'network/attach.ts': ['kill-walk-machine', 'network.attach'], 'network/destroy.ts': ['kill-walk-machine', 'network.destroy'], 'network/locking.ts': ['kill-walk-machine', 'network.set_default_locking_mode'],
  'pif/forget.ts': ['kill-walk-machine', 'PIF.forget'], 'pif/plug.ts': ['kill-walk-machine', 'PIF.plug', 'PIF.unplug'],
  'pif/reconfigure-ip.ts': ['kill-walk-machine', 'PIF.reconfigure_ip', 'host.management_reconfigure'],
  // tests/host/vm/templates.test.ts has a template that keeps its memory.
  'vm/instant.ts': ['templates', 'VM.start instantly'],
  // This kernel has neither VLANs nor bonds; the lab cuts the power instead.
  'bond/create.ts': ['lab'], 'bond/destroy.ts': ['lab'], 'bond/set-mode.ts': ['lab'], 'vlan/create.ts': ['lab'], 'vlan/destroy.ts': ['lab'],
};

export const plansWalkedBy = (by: By): string[] => [...new Set(Object.values(PLANS).flatMap(([where, ...plans]) => (where === by ? plans : [])))].sort();
export const filesKnown = (): string[] => Object.keys(PLANS).sort();

/** What runs a plan, directly or by one of the two that do it for others. */
const RUNS = /\b(?:runPlan|runNetworkPlan|makeOne)\(/;
const RUNNERS = ['plan.ts', 'network/plan.ts'];
export const filesWithPlans = (): string[] => fs.readdirSync(OPERATIONS, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts') && !RUNNERS.includes(file) && RUNS.test(fs.readFileSync(path.join(OPERATIONS, file), 'utf8'))).sort();
