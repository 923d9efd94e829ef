import { EngineError } from '../contract';
import { dropUnusedNodes } from './block-nodes';
import { netdevId } from './devices';
import type { DeviceKind } from './guest-changes';
import type { Machine } from './machine';

/* Taking a device out of a running guest: asking is all that can be done, the guest lets go. On `pc` it needs its ACPI driver for that, so one that boots,
 * hangs or sits in a boot loader does not. The question stays asked: who lets go later (or is reset) is noticed by guest-changes.ts. */

/** A guest whose driver is there lets go within a second. */
export const UNPLUG_LIMIT_MS = 30_000;

/** Resolves when the device is gone. `refused` when the guest does not let go; rejects with the signal's reason on abort. */
export const unplug = (machine: Machine, device: string, signal: AbortSignal): Promise<void> => machine.changes.whileOurs(device, async () => {
  signal.throwIfAborted();
  const over = new AbortController();
  const refusal = (why: string): EngineError => new EngineError('refused', `the guest does not let go of the device${why}`);
  const left = new Promise<void>((resolve, reject) => {
    const listening = machine.onQmpEvent(({ name, data }) => {
      if (data['device'] !== device) return;
      if (name === 'DEVICE_DELETED') resolve();
      if (name === 'DEVICE_UNPLUG_GUEST_ERROR') reject(refusal(': it says no'));
    });
    const limit = setTimeout(() => reject(refusal(` within ${UNPLUG_LIMIT_MS / 1000} s`)), UNPLUG_LIMIT_MS);
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    over.signal.addEventListener('abort', () => { listening.dispose(); clearTimeout(limit); signal.removeEventListener('abort', onAbort); }, { once: true });
    void machine.gone.then(() => reject(new EngineError('not-running', 'the machine ended')));
  });
  left.catch(() => {});
  try {
    await machine.command('device_del', { id: device }).catch((error: unknown) => {
      // Asked before, and not answered yet: the guest may still do it.
      if (!(error instanceof EngineError && /already in the process of unplug/.test(error.message))) throw error;
    });
    await left;
  } catch (error) {
    // What was announced while the monitor was being connected again is lost; what is there is not.
    if (machine.state !== 'gone' && !(await hasDevice(machine, device).catch(() => true))) return;
    throw error;
  } finally { over.abort(); }
});

export const hasDevice = async (machine: Machine, device: string): Promise<boolean> => (await devices(machine)).includes(device);

/** The ids of everything that has one. */
export const devices = async (machine: Machine): Promise<string[]> =>
  (await machine.command('qom-list', { path: '/machine/peripheral' }) as readonly { name: string; type: string }[]).filter(({ type }) => type.startsWith('child<')).map(({ name }) => name);

/** What is behind a device that is gone: its image, or its end of the network. */
export const letGo = async (machine: Machine, kind: DeviceKind, device: string): Promise<void> => {
  if (kind === 'VBD') await dropUnusedNodes(machine, device);
  else await machine.command('netdev_del', { id: netdevId(device) });
};
