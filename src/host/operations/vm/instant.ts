import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import { EngineError } from '../../engine/contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { refreshHostMetricsSoon } from '../host/memory';
import { networkSpec, vifSpec } from '../network/spec';
import { runPlan, type Step } from '../plan';
import { repositoryOf } from '../vdi/make';
import { cabled } from '../vif/plug';
import { assertBootable, generationOf, type BootRun } from './boot';
import { UNDER_WAY, withoutMarks } from './duplicate';
import { firstBootOf, FIRST_BOOT_PROGRAM, seedOf, settleFirstBoot } from './first-boot';
import { refreshGuests } from './guest-refresh';
import { asBooted, bootedRecord, differsFromKept, hardwareOf } from './hardware';
import { sizeOf } from './machine-size';
import { recordHalted, recordRunning, settleHalted } from './power';
import { assertVbdUsable, bootVbds, diskOf } from './spec';
import { pathOfImage } from './suspend-image';

/* The first start of a VM whose template keeps its memory: it goes on from there instead of booting. The saved machine has no network card; the new one gets its
 * own when the program in the guest has made it its own (name, machine-id, host keys, clock, random numbers), so nobody reaches it before. What does not fit
 * boots, and the record says why (other_config:start-mode). */

/** In other_config: what a template's memory is of (JSON); what a person wants (`false`: boot); how the first start went. */
export const INSTANT_STATE = 'instant-state', INSTANT_WISH = 'instant', START_MODE = 'start-mode';
/** What has to be the same for the memory to be of use. */
export interface InstantState { image: string; memoryBytes: number; diskBytes: number; engine: string }

/** Written by another VM since it was cloned, the disk would not be the one that the memory knows. */
const UNTOUCHED_MAX_BYTES = 1024 * 1024;
const OWN_LIMIT_MS = 2 * 60_000;

export const engineWord = async (desk: Desk): Promise<string> => { const { name, version, accelerator } = await desk.engine.facts(); return `${name} ${version} ${accelerator}`; };

/** Whether there is something to decide: any other VM boots as ever, at once. */
export const mayGoOn = (desk: Desk, ref: Ref<'VM'>): boolean => stateOf(desk.store.get('VM', ref)) !== undefined;

export const instantStart = async (desk: Desk, ref: Ref<'VM'>, run: BootRun): Promise<'done' | { boots: string } | undefined> => {
  const state = stateOf(desk.store.get('VM', ref));
  if (!state) return undefined;
  const why = await whyNot(desk, ref, state);
  if (why !== undefined) return { boots: why };
  try { await goOn(desk, ref, state, run); return 'done'; } catch (error) {
    run.signal.throwIfAborted();
    desk.stopping.throwIfAborted();
    if (error instanceof ApiError) throw error; // it would not boot either
    desk.log.warn('a VM boots: it could not go on from the memory of its template', { vm: desk.store.get('VM', ref).uuid, why: messageOf(error) });
    return { boots: messageOf(error) };
  }
};

/** It was the first start, whatever came of it: the disk is another one now. */
export const recordStartMode = (desk: Desk, ref: Ref<'VM'>, mode: string): void => {
  desk.store.transaction(tx => {
    const { [INSTANT_STATE]: _state, [UNDER_WAY]: _mark, ...rest } = tx.get('VM', ref).other_config;
    tx.set('VM', ref, { other_config: { ...rest, [START_MODE]: mode } });
  });
};

const stateOf = (vm: Readonly<Records['VM']>): InstantState | undefined => {
  const text = vm.other_config[INSTANT_STATE];
  if (text === undefined || vm.is_a_template) return undefined;
  try { return JSON.parse(text) as InstantState; } catch { return undefined; }
};
const imageVdi = (desk: Desk, { image }: InstantState): Ref<'VDI'> | undefined => [...desk.store.all('VDI')].find(([, vdi]) => vdi.uuid === image && !vdi.missing)?.[0];

const whyNot = async (desk: Desk, ref: Ref<'VM'>, state: InstantState): Promise<string | undefined> => {
  const vm = desk.store.get('VM', ref), vbds = bootVbds(desk.store, vm, false), [, system] = vbds[0] ?? [];
  if (vm.other_config[INSTANT_WISH] === 'false') return 'it was asked to boot';
  if (vm.other_config[FIRST_BOOT_PROGRAM] === undefined) return 'its system cannot be made its own while it runs';
  if (imageVdi(desk, state) === undefined) return 'its template has been renewed since';
  if (state.engine !== await engineWord(desk)) return 'the memory was kept by another version of the engine';
  if (vm.memory_static_max !== state.memoryBytes) return `the memory was kept with ${state.memoryBytes / 2 ** 20} MiB, it has ${vm.memory_static_max / 2 ** 20} MiB`;
  const field = differsFromKept(vm);
  if (field !== undefined) return `its hardware is not the template's: ${field}`;
  if (vm.VTPMs.length > 0) return 'it has a TPM';
  if (vbds.some(([, { type }]) => type === 'CD')) return 'it has a CD drive';
  if (system?.userdevice !== '0' || isNull(system.VDI)) return 'its first disk is not the template\'s';
  const { SR, uuid } = desk.store.get('VDI', system.VDI);
  if ((await repositoryOf(desk, SR).stat(uuid)).physicalBytes > UNTOUCHED_MAX_BYTES) return 'its disk is a full copy, or was written since it was cloned';
  return undefined;
};

const goOn = async (desk: Desk, ref: Ref<'VM'>, state: InstantState, run: BootRun): Promise<void> => {
  const vm = desk.store.get('VM', ref), { uuid } = vm, image = imageVdi(desk, state), program = vm.other_config[FIRST_BOOT_PROGRAM] ?? '';
  if (image === undefined) throw new Error('the image is gone');
  const path = pathOfImage(desk, { sr: desk.store.get('VDI', image).SR, uuid: state.image }), vbds = bootVbds(desk.store, vm, false).map(([vbd]) => vbd), [system, ...others] = vbds;
  if (system === undefined) throw new Error('no disk');
  await runPlan([
    {
      name: 'attach disks', weight: 1,
      do: () => {
        assertBootable(desk, ref);
        settleFirstBoot(desk, ref);
        desk.store.transaction(tx => {
          for (const vbd of vbds) { assertVbdUsable(tx, desk.repositories, vbd); tx.set('VBD', vbd, { currently_attached: true }); }
          const { [INSTANT_STATE]: _state, ...rest } = tx.get('VM', ref).other_config; // from here on its disk is not what the memory knows
          tx.set('VM', ref, { other_config: { ...rest, [UNDER_WAY]: 'true' } });
        });
      },
      undo: () => { desk.store.transaction(tx => { recordHalted(tx, ref); tx.set('VM', ref, { other_config: withoutMarks(tx.get('VM', ref).other_config) }); }); },
    },
    {
      name: 'start the engine', weight: 10,
      do: async signal => {
        const hardware = await hardwareOf(desk, asBooted(vm));
        await desk.engine.start({ uuid, name: vm.name_label, ...sizeOf(desk.store, ref, false), ...hardware, disks: [diskOf(desk, system)], nics: [], ...seedOf(desk, vm), ...generationOf(vm), startPaused: false, restoreFrom: path }, signal);
      },
      undo: () => desk.engine.kill(uuid),
    },
    {
      name: 'make it its own', weight: 10,
      do: async signal => {
        const { virtual_size } = desk.store.get('VDI', desk.store.get('VBD', system).VDI), larger = virtual_size > state.diskBytes;
        if (larger) await desk.engine.resizeDisk(uuid, '0', virtual_size); // it is already; the guest is told
        const lines = `${desk.seeds.lines(firstBootOf(desk, uuid) ?? {})}time=${(desk.now() / 1000).toFixed(3)}\n${larger ? 'grow=yes\n' : ''}`;
        const { exitStatus, said } = await desk.engine.runInGuest(uuid, { path: program, args: ['stdin'], input: lines }, AbortSignal.any([signal, AbortSignal.timeout(OWN_LIMIT_MS)]));
        if (exitStatus !== 0) throw new EngineError('refused', `the guest could not be made its own (${exitStatus}): ${said}`);
      },
    },
    ...others.map((vbd): Step => ({ name: `attach VBD ${vbd}`, weight: 1, do: () => desk.engine.attachDisk(uuid, diskOf(desk, vbd)) })),
    ...vm.VIFs.map((vif): Step => {
      const record = desk.store.get('VIF', vif), { device } = record;
      return {
        name: `plug VIF ${device}`, weight: 1,
        do: async () => {
          const nic = cabled(desk, record, await desk.networks.plug(vifSpec(vm, record, desk.store.get('network', record.network)), networkSpec(desk.store, record.network)));
          try { await desk.engine.attachNic(uuid, nic); } catch (error) { await desk.networks.unplug({ vmUuid: uuid, device }); throw error; }
        },
        undo: () => desk.networks.unplug({ vmUuid: uuid, device }),
      };
    }),
    ...(vm.memory_dynamic_max < vm.memory_static_max ? [{ name: 'set the balloon', weight: 1, do: () => desk.engine.balloon(uuid, vm.memory_dynamic_max) }] : []),
    ...(run.startPaused ? [{ name: 'pause', weight: 1, do: () => desk.engine.pause(uuid) }] : []),
    {
      name: 'record', weight: 1,
      do: () => {
        if (desk.engine.state(uuid) === 'gone') throw new EngineError('start-failed', 'the virtual machine ended right after its start');
        desk.store.transaction(tx => {
          recordRunning(desk, tx, ref, run.startPaused ? 'Paused' : 'Running', true);
          tx.set('VM', ref, { last_booted_record: bootedRecord(vm) });
        });
        recordStartMode(desk, ref, 'instant');
      },
    },
  ], { ...run, of: 'VM.start instantly', log: desk.log });
  desk.log.info('VM runs', { vm: uuid, by: run.of, instant: true });
  refreshHostMetricsSoon(desk);
  refreshGuests(desk, [ref]).catch((error: unknown) => { desk.log.warn('guest not asked', { vm: uuid, why: messageOf(error) }); });
};

/** At the start of the service: a machine that was about to be made its own is of no use, and its VM boots the next time. */
export const endHalfOwn = async (desk: Desk): Promise<void> => {
  for (const [ref, vm] of [...desk.store.all('VM')]) {
    if (vm.other_config[UNDER_WAY] === undefined) continue;
    if (desk.engine.state(vm.uuid) !== 'gone') await desk.engine.kill(vm.uuid);
    await settleHalted(desk, ref);
    recordStartMode(desk, ref, 'the host was interrupted at its first start');
  }
};
