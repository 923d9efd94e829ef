import { nullRef, type Ref } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { EndReason, EngineEvent } from '../../engine/contract';
import type { CallContext } from '../contract';
import { milliseconds } from '../datetime';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { refreshHostMetricsSoon } from '../host/memory';
import { boot } from './boot';
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
    case 'reset': desk.log.info('guest was reset', { vm: event.uuid }); return;
    case 'io-error': desk.log.error(event.noSpace ? 'guest is paused: its storage is full' : 'guest is paused: its disk fails', { vm: event.uuid, device: event.device }); return;
    case 'gone': await ended(desk, vm, event.why, event.detail); return;
  }
};

/** Only from the one to the other: a start that is under way says itself when the VM runs. */
const setPower = (desk: Desk, vm: Ref<'VM'>, from: 'Running' | 'Paused', to: 'Running' | 'Paused'): void => {
  if (desk.store.get('VM', vm).power_state === from) desk.store.transaction(tx => { tx.set('VM', vm, { power_state: to }); });
};

const ended = async (desk: Desk, vm: Ref<'VM'>, why: EndReason, detail: string): Promise<void> => {
  const { uuid } = desk.store.get('VM', vm);
  const say = why === 'crashed' ? desk.log.error.bind(desk.log) : desk.log.info.bind(desk.log);
  say('machine is gone', { vm: uuid, why, ...(detail === '' ? {} : { detail }) });
  const current = desk.lock.current(vm);
  // These go on without the machine, and clean up after themselves.
  if (current.some(operation => operation === 'start' || operation === 'start_on' || operation === 'clean_reboot')) return;
  const restart = current.length === 0 && wantsRestart(desk, vm, why);
  await settleHalted(desk, vm);
  refreshHostMetricsSoon(desk);
  if (restart) await startAgain(desk, vm, why);
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

/** What the host does by itself has no caller and no task. */
export const ownContext = (desk: Desk): CallContext => ({
  caller: { session: nullRef<'session'>(), user: '', role: 'pool-admin', origin: '' },
  task: { ref: nullRef<'task'>(), progress: () => {}, signal: desk.stopping },
});
