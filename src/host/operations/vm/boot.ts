import { ApiError, type Records, type Ref } from '../../../shared/api';
import { EngineError, type DiskSpec, type NicSpec } from '../../engine/contract';
import type { Transaction } from '../../store/contract';
import type { Desk } from '../desk';
import { assertMemory, refreshHostMetricsSoon } from '../host/memory';
import { networkSpec, vifSpec } from '../network/spec';
import { runPlan, type Step } from '../plan';
import { ensureWritable } from '../vdi/lineage';
import { cabled } from '../vif/plug';
import { seedOf, settleFirstBoot } from './first-boot';
import { asBooted, bootedRecord, hardwareOf, type Hardware } from './hardware';
import { dropInstall } from './installer/forget';
import { installRun, resumedHardware } from './installer/run';
import { recordHalted, recordRunning, theHost } from './power';
import { sizeOf } from './machine-size';
import { assertVbdUsable, bootVbds, disksOf } from './spec';

/* The plan that makes a halted VM run: VM.start, VM.start_on, the second half of a reboot, a restart after a crash. */

export interface BootRun {
  of: string;
  startPaused: boolean;
  signal: AbortSignal;
  progress: (fraction: number) => void;
  /** It goes on from saved memory: its disks are attached already and must not be others, and it stands still until `record` has said, in the same transaction, that it runs. */
  restore?: { path: string; record(tx: Transaction): void };
}

export const boot = async (desk: Desk, ref: Ref<'VM'>, run: BootRun): Promise<void> => {
  const vm = desk.store.get('VM', ref), described = run.restore ? asBooted(vm) : vm;
  const disks: DiskSpec[] = [];
  const nics: NicSpec[] = [];
  const installer = run.restore ? undefined : installRun(desk, ref, run.progress);
  let hardware: Hardware | undefined;
  const steps: Step[] = [
    {
      name: 'check the host', weight: 1,
      do: async () => {
        assertBootable(desk, ref);
        if (!run.restore) settleFirstBoot(desk, ref);
        hardware = await hardwareOf(desk, described);
        if (run.restore) hardware = resumedHardware(desk, vm, hardware); else installer?.check(hardware);
      },
    },
    ...(installer ? [installer.fetch] : []),
    {
      // Attached in the records first: of two VMs that want one disk, one gets it, and nobody begins to clone it any more.
      name: 'attach disks', weight: 1,
      do: () => {
        desk.store.transaction(tx => {
          for (const [vbd] of bootVbds(tx, vm, run.restore !== undefined)) { assertVbdUsable(tx, desk.repositories, vbd); tx.set('VBD', vbd, { currently_attached: true }); }
        });
      },
      undo: () => { if (!run.restore) desk.store.transaction(tx => { recordHalted(tx, ref); }); },
    },
    {
      name: 'make disks writable', weight: 3,
      do: async signal => {
        const vbds = bootVbds(desk.store, vm, run.restore !== undefined);
        if (!run.restore) for (const [vbd, { empty }] of vbds) if (!empty) await ensureWritable(desk, vbd, signal);
        disks.push(...disksOf(desk, vbds));
      },
    },
    ...vm.VIFs.filter(vif => !run.restore || desk.store.get('VIF', vif).currently_attached).map((vif): Step => {
      const record = desk.store.get('VIF', vif), { device } = record;
      return {
        name: `plug VIF ${device}`, weight: 1,
        do: async () => { nics.push(cabled(desk, record, await desk.networks.plug(vifSpec(vm, record, desk.store.get('network', record.network)), networkSpec(desk.store, record.network)))); },
        undo: () => desk.networks.unplug({ vmUuid: vm.uuid, device }),
      };
    }),
    ...(installer ? [installer.spend] : []),
    {
      name: 'start the engine', weight: 20,
      do: async signal => {
        if (!hardware) throw new Error('no boot method');
        if (installer) hardware = installer.hardware(hardware);
        nics.sort((a, b) => Number(a.device) - Number(b.device));
        await desk.engine.start({
          uuid: vm.uuid, name: vm.name_label, ...sizeOf(desk.store, ref, run.restore !== undefined), ...hardware, disks, nics, ...seedOf(desk, vm), ...generationOf(vm),
          startPaused: run.restore !== undefined || run.startPaused, ...(run.restore ? { restoreFrom: run.restore.path } : {}),
        }, signal);
      },
      undo: () => desk.engine.kill(vm.uuid),
    },
    {
      name: 'record', weight: 1,
      do: () => {
        const state = desk.engine.state(vm.uuid);
        if (state === 'gone') throw new EngineError('start-failed', 'the virtual machine ended right after its start');
        const paused = run.restore ? run.startPaused : state === 'paused';
        desk.store.transaction(tx => {
          recordRunning(desk, tx, ref, paused ? 'Paused' : 'Running', run.restore === undefined);
          if (run.restore) run.restore.record(tx); else tx.set('VM', ref, { last_booted_record: bootedRecord(described) });
          installer?.record(tx);
        });
      },
    },
  ];
  await runPlan(steps, { ...run, log: desk.log });
  desk.log.info('VM runs', { vm: vm.uuid, by: run.of });
  if (!installer && !run.restore) await dropInstall(desk, ref);
  refreshHostMetricsSoon(desk);
};

/** Who goes on from memory that it has gone on from before has another one (VM.revert); whoever never did (`0:0`), its own uuid. */
export const generationOf = ({ generation_id }: Readonly<Records['VM']>): { generationId?: string } => (/^[0-9a-f-]{36}$/.test(generation_id) ? { generationId: generation_id } : {});

/** What VM.assert_can_boot_here asks, without changing anything. */
export const assertBootable = (desk: Desk, ref: Ref<'VM'>): void => {
  const vm = desk.store.get('VM', ref);
  const host = theHost(desk.store);
  if (!desk.store.get('host', host).enabled || desk.stopsVms) throw new ApiError('HOST_DISABLED', host);
  if (vm.VCPUs_at_startup < 1) throw new ApiError('VM_NO_VCPUS', ref);
  assertMemory(desk, ref);
  for (const [vbd] of bootVbds(desk.store, vm, false)) assertVbdUsable(desk.store, desk.repositories, vbd);
};
