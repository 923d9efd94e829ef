import { EngineError } from '../contract';
import type { NicSpec } from '../contract';
import { netdev, netdevId, nicDevice, nicDeviceId } from './devices';
import { hasDevice, unplug } from './hot-unplug';
import type { Machine } from './machine';

/* Network cards of a machine that runs. */

export const attachNic = async (machine: Machine, nic: NicSpec): Promise<void> => {
  machine.needAlive();
  const device = nicDeviceId(nic.device), backend = { id: netdevId(nic.device) };
  if (await hasDevice(machine, device)) throw new EngineError('refused', `network card ${nic.device} is there already`);
  await machine.command('netdev_del', backend).catch(() => {}); // of a service that was killed right here
  await machine.command('netdev_add', netdev(nic));
  try {
    await machine.command('device_add', nicDevice(nic, undefined, machine.board));
  } catch (error) {
    await machine.command('netdev_del', backend).catch(() => {});
    throw error;
  }
  if (nic.linkDown === true) await linkNic(machine, nic.device, false);
};

export const detachNic = async (machine: Machine, device: string, signal: AbortSignal): Promise<void> => {
  machine.needAlive();
  const card = nicDeviceId(device);
  if (await hasDevice(machine, card)) await unplug(machine, card, signal);
  // Its other half goes with the first question already; where it did not, now.
  await machine.command('netdev_del', { id: netdevId(device) }).catch((error: unknown) => { if (!(error instanceof EngineError && error.kind === 'refused')) throw error; });
};

export const linkNic = async (machine: Machine, device: string, up: boolean): Promise<void> => {
  machine.needAlive();
  await machine.command('set_link', { name: nicDeviceId(device), up });
};
