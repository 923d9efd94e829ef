import { ApiError, isNull, nullRef, type Ref } from '../../../shared/api';
import type { CallContext } from '../contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { release } from '../vdi/lineage';
import { cloneVm } from '../vm/clone';
import { dropVm } from '../vm/destroy';
import { discardVm } from '../vm/discard';
import { HALF_MADE } from '../vm/duplicate';
import { FIRST_BOOT_PROGRAM, setFirstBoot } from '../vm/first-boot';
import { engineWord, INSTANT_STATE, INSTANT_WISH, type InstantState } from '../vm/instant';
import { beginDrop, releaseDropped } from '../vm/suspend-image';
import { dropWithKept } from '../vm/kept';
import { provision } from '../vm/provision';
import { startHalfMade } from '../vm/start';
import { suspend } from '../vm/suspend';

/* A template's kept memory: a VM of it, without network cards, is booted to its prompt, its system forgets what must be nobody's, and it is suspended. Then its
 * disk becomes the template's disk and its memory the template's suspend_VDI, in one transaction. Clones stand on that disk; their first start goes on
 * from that memory (vm/instant.ts). */

/** In other_config: of the VM in between, which clients that know XenCenter's word do not show; of a template that has no memory. */
const HIDDEN = 'HideFromXenCenter';
export const WHY_NO_MEMORY = 'instant-lacks';
const BOOT_LIMIT_MS = 10 * 60_000, SETTLE_LIMIT_MS = 5 * 60_000;

export const keepMemory = async (desk: Desk, context: CallContext, template: Ref<'VM'>): Promise<void> => {
  const { name_label, other_config } = desk.store.get('VM', template), program = other_config[FIRST_BOOT_PROGRAM];
  if (program === undefined) throw new ApiError('OPERATION_NOT_ALLOWED', `${name_label} has no program that makes a machine its own`);
  const quiet: CallContext = { ...context, task: { ...context.task, progress: () => {} } };
  const vm = await cloneVm(desk, quiet, template, `${name_label} (being prepared)`, { [HALF_MADE]: 'true', [HIDDEN]: 'true', [INSTANT_WISH]: 'false' });
  try {
    desk.store.transaction(tx => {
      for (const vif of tx.get('VM', vm).VIFs) tx.destroy('VIF', vif);
    });
    setFirstBoot(desk, desk.store.get('VM', vm).uuid, { settling: true });
    await provision(desk)(quiet, vm);
    await startHalfMade(desk, quiet, vm);
    context.task.progress(0.1);
    await settled(desk, context, vm, program);
    context.task.progress(0.8);
    await suspend(desk)(quiet, vm);
    await handOver(desk, template, vm);
  } catch (error) {
    try { await discardVm(desk, vm); } catch (left) { desk.log.error('a half-prepared template stays until the next start', { vm, why: messageOf(left) }); }
    throw error;
  }
  desk.log.info('the memory of a template is kept', { template: name_label });
};

/** The agent is there, the boot is over, and the system has forgotten what it was called. */
const settled = async (desk: Desk, context: CallContext, vm: Ref<'VM'>, program: string): Promise<void> => {
  const { uuid } = desk.store.get('VM', vm), signal = AbortSignal.any([context.task.signal, desk.stopping]);
  await agentOf(desk, uuid, AbortSignal.any([signal, AbortSignal.timeout(BOOT_LIMIT_MS)]));
  const { exitStatus, said } = await desk.engine.runInGuest(uuid, { path: program, args: ['settle'], input: '' }, AbortSignal.any([signal, AbortSignal.timeout(SETTLE_LIMIT_MS)]));
  if (exitStatus !== 0) throw new ApiError('INTERNAL_ERROR', `the guest cannot be settled (${exitStatus}): ${said}`);
};

/** Resolves when an agent answers; an end of the machine ends the waiting. */
const agentOf = async (desk: Desk, uuid: string, signal: AbortSignal): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => { listening.dispose(); signal.removeEventListener('abort', aborted); };
    const aborted = (): void => { stop(); reject(signal.reason instanceof DOMException ? new ApiError('INTERNAL_ERROR', 'the guest did not come up in time') : signal.reason as Error); };
    const listening = desk.engine.onEvent(event => {
      if (event.uuid !== uuid) return;
      if (event.on === 'agent' && event.connected) { stop(); resolve(); }
      if (event.on === 'gone') { stop(); reject(new ApiError('INTERNAL_ERROR', `the guest ended: ${event.detail || event.why}`)); }
    });
    signal.addEventListener('abort', aborted);
    if (signal.aborted) { aborted(); return; }
    void desk.engine.guestFacts(uuid).then(facts => { if (facts) { stop(); resolve(); } }, () => { /* `gone` tells */ });
  });
};

/** The template is what the VM was; the VM is no more. Only then the template's old disk and memory go. */
const handOver = async (desk: Desk, template: Ref<'VM'>, vm: Ref<'VM'>): Promise<void> => {
  const memory = beginDrop(desk, desk.store.get('VM', template).suspend_VDI), { uuid } = desk.store.get('VM', vm), engine = await engineWord(desk);
  let old: Ref<'VDI'>[] = [];
  await dropWithKept(desk, uuid, () => {
    old = desk.store.transaction(tx => {
      const { suspend_VDI, last_booted_record, VBDs, memory_static_max } = tx.get('VM', vm), before = tx.get('VM', template);
      const left: Ref<'VDI'>[] = [];
      let diskBytes = 0;
      for (const vbd of before.VBDs) { left.push(tx.get('VBD', vbd).VDI); tx.destroy('VBD', vbd); }
      for (const vbd of VBDs) {
        const { VDI, userdevice, bootable, mode, type, unpluggable } = tx.get('VBD', vbd);
        tx.create('VBD', { VM: template, VDI, userdevice, bootable, mode, type, unpluggable, empty: false });
        if (userdevice === '0') diskBytes = tx.get('VDI', VDI).virtual_size;
        tx.set('VDI', VDI, { name_label: `${before.name_label} ${userdevice}`, type: 'system' });
      }
      const { [WHY_NO_MEMORY]: _why, ...other_config } = before.other_config, state: InstantState = { image: tx.get('VDI', suspend_VDI).uuid, memoryBytes: memory_static_max, diskBytes, engine };
      tx.set('VM', vm, { suspend_VDI: nullRef<'VDI'>(), power_state: 'Halted' });
      tx.set('VM', template, { suspend_VDI, last_booted_record, other_config: { ...other_config, [INSTANT_STATE]: JSON.stringify(state) } });
      tx.set('VDI', suspend_VDI, { name_label: `Memory of ${before.name_label}`, name_description: 'New virtual machines of this template go on from here' });
      dropVm(tx, vm);
      return left.filter(vdi => !isNull(vdi) && tx.get('VDI', vdi).VBDs.length === 0);
    });
  });
  for (const vdi of old) await release(desk, vdi).catch((error: unknown) => { desk.log.warn('an old disk of a template stays', { vdi, why: messageOf(error) }); });
  await releaseDropped(desk, [memory]);
};
