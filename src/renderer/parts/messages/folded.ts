import type { MessageRecord } from '../../../shared/api';
import { readAlarm } from '../alerts/alarm';
import { isEveryday } from '../../../shared/rules/everyday-messages';
import { type Weight, weightOf } from './messages';

export interface Told { ref: string; record: MessageRecord }
/** Several messages that say the same of one object: the newest stands for them. */
export interface Fold { newest: Told; all: readonly Told[] }

/** Newest first. What flaps, or what a thousand VMs say at once, is one line each. */
export const folded = (messages: readonly Told[]): readonly Fold[] => {
  const folds = new Map<string, Told[]>();
  for (const told of [...messages].sort((a, b) => b.record.timestamp.localeCompare(a.record.timestamp))) {
    const key = `${told.record.name} ${told.record.obj_uuid} ${readAlarm(told.record.body)?.variable ?? ''}`;
    const known = folds.get(key);
    if (known) known.push(told); else folds.set(key, [told]);
  }
  return [...folds.values()].flatMap(all => { const [newest] = all; return newest ? [{ newest, all }] : []; });
};

export type Kind = Weight | 'everyday';
const kindOf = (message: MessageRecord): Kind => (isEveryday(message) ? 'everyday' : weightOf(message));

export const matching = (messages: readonly Told[], kinds: ReadonlySet<Kind>, words: (told: Told) => string, text: string): readonly Told[] => {
  const wanted = text.trim().toLowerCase();
  return messages.filter(told => kinds.has(kindOf(told.record)) && (wanted === '' || words(told).toLowerCase().includes(wanted)));
};
