import { EngineError } from '../contract';
import type { DiskImage, DiskLimits, DiskSpec } from '../contract';
import { addNode, currentNode, dropUnusedNodes, freshNode } from './block-nodes';
import { cdDeviceId, diskDevice, diskDeviceId } from './devices';
import { devices, hasDevice, unplug } from './hot-unplug';
import type { Machine } from './machine';

/* Disks and CDs of a machine that runs: in, out, larger, slower, another medium. */

/** A guest that holds its CD drive shut is asked first; then the drawer is opened all the same, as with the pin that every drive has a hole for. */
export const EJECT_PATIENCE_MS = 3_000;

export const attachDisk = async (machine: Machine, disk: DiskSpec): Promise<void> => {
  const { userdevice, image, kind, readOnly, limits } = disk;
  machine.needAlive();
  if (kind === 'CD') throw new EngineError('unsupported', 'a CD drive is built in at the start of a machine');
  if (image === undefined) throw new EngineError('unsupported', 'a disk without an image');
  if (await hasDevice(machine, diskDeviceId(userdevice)) || await hasDevice(machine, cdDeviceId(userdevice))) throw new EngineError('refused', `place ${userdevice} is taken`);
  await dropUnusedNodes(machine, userdevice); // of a service that was killed right here
  const node = freshNode(userdevice);
  await addNode(machine, node, image, readOnly);
  try {
    await machine.command('device_add', diskDevice(disk, node, undefined, machine.board));
  } catch (error) {
    await dropUnusedNodes(machine, userdevice).catch(() => {});
    throw error;
  }
  if (limits) await limitDisk(machine, userdevice, limits);
};

export const detachDisk = async (machine: Machine, userdevice: string, signal: AbortSignal): Promise<void> => {
  machine.needAlive();
  const device = diskDeviceId(userdevice);
  if (await hasDevice(machine, cdDeviceId(userdevice))) throw new EngineError('unsupported', 'a CD drive stays until the machine ends');
  if (await hasDevice(machine, device)) await unplug(machine, device, signal);
  await dropUnusedNodes(machine, userdevice);
};

export const changeMedium = (machine: Machine, userdevice: string, image: DiskImage | undefined, force = false): Promise<void> => {
  const id = cdDeviceId(userdevice);
  return machine.changes.whileOurs(id, async () => {
    machine.needAlive();
    if (!await hasDevice(machine, id)) throw new EngineError('refused', `there is no CD drive at place ${userdevice}`);
    const before = await currentNode(machine, userdevice), node = freshNode(userdevice);
    // An image that cannot be opened is found out before anything moves.
    if (image) await addNode(machine, node, image, true);
    try {
      await openTray(machine, id, force);
      if (before !== undefined) await machine.command('blockdev-remove-medium', { id });
      if (image) {
        try { await machine.command('blockdev-insert-medium', { id, 'node-name': node }); } catch (error) {
          if (before !== undefined) await machine.command('blockdev-insert-medium', { id, 'node-name': before });
          throw error;
        }
      }
    } finally {
      await machine.command('blockdev-close-tray', { id }).catch(() => {});
      await dropUnusedNodes(machine, userdevice).catch(() => {});
    }
  });
};

/** QEMU only passes the wish on when the guest holds the drive shut, and says nothing more. */
const openTray = async (machine: Machine, id: string, force: boolean): Promise<void> => {
  const over = new AbortController();
  const opened = new Promise<boolean>(resolve => {
    const listening = machine.onQmpEvent(({ name, data }) => { if (name === 'DEVICE_TRAY_MOVED' && data['id'] === id && data['tray-open'] === true) resolve(true); });
    const limit = setTimeout(() => resolve(false), EJECT_PATIENCE_MS);
    over.signal.addEventListener('abort', () => { listening.dispose(); clearTimeout(limit); resolve(false); }, { once: true });
  });
  try {
    await machine.command('blockdev-open-tray', { id });
    if (await isTrayOpen(machine, id) || (machine.state === 'running' && await opened)) return;
    if (!force) throw new EngineError('refused', 'the guest uses the CD and holds the drive shut');
    await machine.command('blockdev-open-tray', { id, force: true });
  } finally { over.abort(); }
};
const isTrayOpen = async (machine: Machine, id: string): Promise<boolean> =>
  (await machine.command('query-block') as readonly { qdev?: string; tray_open?: boolean }[]).some(drive => drive.qdev === id && drive.tray_open === true);

export const resizeDisk = async (machine: Machine, userdevice: string, virtualSizeBytes: number): Promise<void> => {
  machine.needAlive();
  const node = await currentNode(machine, userdevice);
  if (node === undefined) throw new EngineError('refused', `no disk at place ${userdevice}`);
  await machine.command('block_resize', { 'node-name': node, size: virtualSizeBytes });
};

export const limitDisk = async (machine: Machine, userdevice: string, { bytesPerSecond = 0, operationsPerSecond = 0 }: DiskLimits): Promise<void> => {
  machine.needAlive();
  const isDisk = (await devices(machine)).includes(diskDeviceId(userdevice));
  await machine.command('block_set_io_throttle', {
    id: isDisk ? `/machine/peripheral/${diskDeviceId(userdevice)}/virtio-backend` : cdDeviceId(userdevice),
    bps: bytesPerSecond, bps_rd: 0, bps_wr: 0, iops: operationsPerSecond, iops_rd: 0, iops_wr: 0,
  });
};
