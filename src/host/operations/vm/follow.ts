import type { Ref, VmOperations } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { EverydayMessage } from '../../../shared/rules/everyday-messages';
import type { EndReason, EngineEvent } from '../../engine/contract';
import { milliseconds } from '../datetime';
import type { Desk } from '../desk';
import { guestLetGo } from '../device/unplugged';
import { messageOf } from '../failure';
import { refreshHostMetricsSoon } from '../host/memory';
import { ownContext } from '../own-context';
import { guestEjected } from '../vbd/media';
import { alert } from '../message/alert';
import { nameOfVm, writeShutdown } from '../message/everyday';
import { boot } from './boot';
import { installEnds } from './installer/settle';
import { settleHalted } from './power';

/* What the engine announces becomes records: a guest that powers itself off, a QEMU that dies, a machine paused by a full
 * disk. Operations that are under way write their own outcome; this one keeps out of their way. */

/** A guest that crashes again this soon after its start is left alone, or it would go round for ever. */
const CRASH_RESTART_AFTER_MS = 2 * 60_000;

export const followEngine = (desk: Desk): Disposable => desk.engine.onEvent(event => {
  const vm = [...desk.store.all('VM')].find(([, record]) => record.uuid === event.uuid)?.[0];
  if (vm === undefined) { desk.log.warn('event of a machine without a VM', { ...event }); return; }
  const failed = (error: unknown): void => desk.log.error('event not recorded', { ...event, why: messageOf(error) });
  try { follow(desk, vm, event).catch(failed); } catch (error) { failed(error); }
});

const follow = async (desk: Desk, vm: Ref<'VM'>, event: EngineEvent): Promise<void> => {
  switch (event.on) {
    case 'running': setPower(desk, vm, 'Paused', 'Running'); return;
    case 'paused': setPower(desk, vm, 'Running', 'Paused'); return;
    case 'reset': await wasReset(desk, vm, event.uuid); return;
    case 'io-error': paused(desk, vm, event); return;
    case 'tray': if (event.open) await guestEjected(desk, vm, event.userdevice); return;
    case 'unplugged': await guestLetGo(desk, vm, event.kind, event.device); return;
    case 'agent': return; // guest-refresh.ts asks it
    case 'gone': await ended(desk, vm, event.why, event.detail); return;
  }
};

/** They make the machine stand still for a moment, and say themselves what comes of it. */
const HOLDING: readonly VmOperations[] = ['suspend', 'resume', 'resume_on', 'snapshot', 'snapshot_with_quiesce', 'checkpoint', 'migrate_send', 'reverting'];
/** They go on without the machine, and clean up after themselves. */
const OUTLIVING: readonly VmOperations[] = ['start', 'start_on', 'clean_reboot', 'hard_reboot', 'suspend', 'resume', 'resume_on', 'reverting'];

/** Its disk has no room, or fails: the guest stands still, and somebody has to be told. */
const paused = (desk: Desk, vm: Ref<'VM'>, { uuid, device, noSpace }: Extract<EngineEvent, { on: 'io-error' }>): void => {
  desk.log.error(noSpace ? 'guest is paused: its storage is full' : 'guest is paused: its disk fails', { vm: uuid, device });
  const name = desk.store.get('VM', vm).name_label;
  alert(desk, noSpace
    ? { name: 'VM_PAUSED_NO_SPACE', priority: 1, cls: 'VM', uuid, body: `${name} is paused: the storage of its disk ${device} is full. Make room there, then unpause it; nothing is lost.` }
    : { name: 'VM_PAUSED_DISK_FAULT', priority: 1, cls: 'VM', uuid, body: `${name} is paused: its disk ${device} cannot be written. Put the storage right, then unpause it.` });
};

/** Only from the one to the other: a start that is under way says itself when the VM runs. */
const setPower = (desk: Desk, vm: Ref<'VM'>, from: 'Running' | 'Paused', to: 'Running' | 'Paused'): void => {
  if (desk.lock.current(vm).some(operation => HOLDING.includes(operation))) return;
  if (desk.store.get('VM', vm).power_state === from) desk.store.transaction(tx => { tx.set('VM', vm, { power_state: to }); });
};

const ended = async (desk: Desk, vm: Ref<'VM'>, why: EndReason, detail: string): Promise<void> => {
  const { uuid } = desk.store.get('VM', vm);
  const say = why === 'crashed' ? desk.log.error.bind(desk.log) : desk.log.info.bind(desk.log);
  say('machine is gone', { vm: uuid, why, ...(detail === '' ? {} : { detail }) });
  if (why === 'crashed') tellCrash(desk, vm, detail);
  if (why === 'shutdown' && desk.lock.current(vm).length === 0) desk.store.transaction(tx => { writeShutdown(desk, tx, vm, 'shutdown by its own system'); });
  const current = desk.lock.current(vm), goesOn = installEnds(desk, vm, why, current);
  if (current.some(operation => OUTLIVING.includes(operation)) || desk.store.get('VM', vm).power_state === 'Suspended') return;
  const restart = current.length === 0 && (goesOn ?? wantsRestart(desk, vm, why));
  await settleHalted(desk, vm);
  refreshHostMetricsSoon(desk);
  if (restart) await startAgain(desk, vm, why);
};

/** Who wants the VM to end at a reboot may have said so only after it was started. */
const wasReset = async (desk: Desk, vm: Ref<'VM'>, uuid: string): Promise<void> => {
  desk.log.info('guest was reset', { vm: uuid });
  const record = desk.store.get('VM', vm);
  if (desk.lock.current(vm).length > 0) return;
  // Once in a while: some go round in circles.
  alert(desk, { name: 'VM_REBOOTED' satisfies EverydayMessage, priority: 5, cls: 'VM', uuid, body: `${nameOfVm(record)} rebooted by its own system` });
  if (record.actions_after_reboot === 'destroy') await desk.engine.kill(uuid);
};

const tellCrash = (desk: Desk, vm: Ref<'VM'>, detail: string): void => {
  const { uuid, name_label: name } = desk.store.get('VM', vm);
  alert(desk, { name: 'VM_CRASHED', priority: 2, cls: 'VM', uuid, body: `${name} ended by itself${detail === '' ? '' : `: ${detail}`}` });
};

const wantsRestart = (desk: Desk, ref: Ref<'VM'>, why: EndReason): boolean => {
  const vm = desk.store.get('VM', ref);
  switch (why) {
    case 'shutdown': return vm.actions_after_shutdown === 'restart';
    case 'reboot-requested': return vm.actions_after_reboot === 'restart';
    case 'killed': return false;
    case 'crashed': {
      const restarts = ['restart', 'coredump_and_restart', 'rename_restart'].includes(vm.actions_after_crash);
      const startedAt = milliseconds(desk.store.find('VM_metrics', vm.metrics)?.start_time ?? '');
      if (restarts && !(desk.now() - startedAt >= CRASH_RESTART_AFTER_MS)) { desk.log.warn('crashed too soon after its start: not restarted', { vm: vm.uuid }); return false; }
      return restarts;
    }
  }
};

const startAgain = (desk: Desk, vm: Ref<'VM'>, why: EndReason): Promise<void> =>
  desk.lock.run(ownContext(desk), vm, 'start', signal => boot(desk, vm, { of: `restart (${why})`, startPaused: false, signal, progress: () => {} }));

export { ownContext };
