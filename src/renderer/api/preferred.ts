import { PREFERENCES, type Bridge, type Preferences } from '../../shared/ipc';
import { Value } from './value';

/** What a person has chosen in this console, kept by main. */
export class Preferred {
  readonly value = new Value<Preferences>(PREFERENCES);
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) { this.#bridge = bridge; }

  async load(): Promise<void> { this.value.set(await this.#bridge.invoke('preferences.read')); }
  set(change: Partial<Preferences>): void {
    this.value.set({ ...this.value.get(), ...change });
    void this.#bridge.invoke('preferences.write', this.value.get());
  }
}
