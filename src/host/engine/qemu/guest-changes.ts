import type { EngineEvent } from '../contract';
import type { QmpEvent } from './qmp/messages';

/* What a guest does to its devices by itself: it opens the tray of a CD drive, or lets go of a device that it was asked for a while ago. */

type Change = Extract<EngineEvent, { on: 'tray' | 'unplugged' }> extends infer E ? E extends unknown ? Omit<E, 'uuid'> : never : never;

export type DeviceKind = 'VBD' | 'VIF';

export class GuestChanges {
  readonly #ours = new Map<string, number>();
  readonly #letGo: (kind: DeviceKind, device: string) => Promise<void>;
  readonly #tell: (change: Change) => void;

  /** @param letGo shuts what was behind a device that is gone */
  constructor(letGo: (kind: DeviceKind, device: string) => Promise<void>, tell: (change: Change) => void) { this.#letGo = letGo; this.#tell = tell; }

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
    if (name === 'DEVICE_DELETED') void this.#gone(kind === 'vif' ? 'VIF' : 'VBD', place);
  }

  /** Told when its image is shut as well: then another machine may open it. */
  async #gone(kind: DeviceKind, device: string): Promise<void> {
    try { await this.#letGo(kind, device); } catch { /* the machine ends: `gone` says the rest */ }
    this.#tell({ on: 'unplugged', kind, device });
  }
}
