import type { Records } from '../../shared/api';
import type { RecordStore, Changes } from './record-store';

/* When VMs began and ceased to run, and changed their host, as this console has seen it: for hosts that write no message of it. */

export interface SeenChange { uuid: string; timeMs: number; what: 'started' | 'ended' | 'suspended' | 'resumed' | 'paused' | 'unpaused' | 'moved' }
type State = Records['VM']['power_state'];
const CHANGES_MAX = 500;
const ON_THE_WAY: Readonly<Record<State, Readonly<Partial<Record<State, SeenChange['what']>>>>> = {
  Halted: { Running: 'started', Paused: 'started' }, Running: { Halted: 'ended', Suspended: 'suspended', Paused: 'paused' },
  Suspended: { Running: 'resumed', Paused: 'resumed', Halted: 'ended' }, Paused: { Running: 'unpaused', Halted: 'ended', Suspended: 'suspended' },
};

export class SeenChanges {
  readonly #records: RecordStore;
  #changes: SeenChange[] = [];

  constructor(records: RecordStore) { this.#records = records; }

  of(uuid: string): readonly SeenChange[] { return this.#changes.filter(change => change.uuid === uuid); }

  /** Before the patch is taken in. What is told anew after a silence has happened some time in it: nobody here knows when. */
  note({ reset, changed }: Changes): void {
    if (reset) return;
    for (const { cls, ref, record } of changed) {
      const before = cls === 'VM' ? this.#records.get('VM', ref) : undefined;
      if (before) this.#compare(before, record as Records['VM']);
    }
  }

  #compare(before: Records['VM'], now: Records['VM']): void {
    const what = before.power_state === now.power_state ? (now.power_state === 'Running' && before.resident_on !== now.resident_on ? 'moved' : undefined) : ON_THE_WAY[before.power_state][now.power_state];
    if (what) this.#changes = [...this.#changes, { uuid: now.uuid, timeMs: Date.now(), what }].slice(-CHANGES_MAX);
  }
}
