import type { EngineEvent } from '../contract';
import { dropUnusedNodes } from './block-nodes';
import { netdevId } from './devices';
import type { Machine } from './machine';
import type { QmpEvent } from './qmp/messages';

/* What a guest does to its devices by itself: it opens the tray of a CD drive, or lets go of a device that it was asked for a while ago. */

type Change = Extract<EngineEvent, { on: 'tray' | 'unplugged' }> extends infer E ? E extends unknown ? Omit<E, 'uuid'> : never : never;

export class GuestChanges {
  readonly #ours = new Map<string, number>();
  readonly #machine: () => Machine;
  readonly #tell: (change: Change) => void;

  constructor(machine: () => Machine, tell: (change: Change) => void) { this.#machine = machine; this.#tell = tell; }

  /** What happens to this device meanwhile is this service's doing, and not told. */
  async whileOurs<T>(device: string, work: () => Promise<T>): Promise<T> {
    this.#ours.set(device, (this.#ours.get(device) ?? 0) + 1);
    try { return await work(); } finally {
      const left = (this.#ours.get(device) ?? 1) - 1;
      if (left > 0) this.#ours.set(device, left); else this.#ours.delete(device);
    }
  }

  hear({ name, data }: QmpEvent): void {
    const id = data[name === 'DEVICE_TRAY_MOVED' ? 'id' : 'device'];
    if (typeof id !== 'string' || this.#ours.has(id)) return;
    const [, kind, place] = /^(cd|vbd|vif)(\d+)$/.exec(id) ?? [];
    if (kind === undefined || place === undefined) return;
    if (name === 'DEVICE_TRAY_MOVED') this.#tell({ on: 'tray', userdevice: place, open: data['tray-open'] === true });
    if (name === 'DEVICE_DELETED') void this.#letGo(kind === 'vif' ? 'VIF' : 'VBD', place);
  }

  /** Told when its image is shut as well: then another machine may open it. */
  async #letGo(kind: 'VBD' | 'VIF', device: string): Promise<void> {
    const machine = this.#machine();
    try {
      if (kind === 'VBD') await dropUnusedNodes(machine, device);
      else await machine.command('netdev_del', { id: netdevId(device) });
    } catch { /* the machine ends: `gone` says the rest */ }
    this.#tell({ on: 'unplugged', kind, device });
  }
}
