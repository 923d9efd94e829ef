import type { Cls, Ref } from '../../../shared/api';
import { isEveryday } from '../../../shared/rules/everyday-messages';
import type { Transaction } from '../../store/contract';
import { datetime, milliseconds } from '../datetime';

/* A message of XenAPI, at the object that it is about; and how many there may be. */

/** XenAPI's: 1 data may be lost, 2 a service is, 3 something works less well, 4 it works again, 5 for information. */
export type Priority = 1 | 2 | 3 | 4 | 5;
export interface Message { name: string; priority: number; cls: Cls; uuid: string; body: string }

/** The oldest go: nobody reads more, and every client that connects gets them all. */
export const MESSAGES_MAX = 1_000;
/** Of those, what everyday work leaves behind: however much is started and stopped, no alert has to go for it. */
export const EVERYDAY_MAX = 500;
export const MESSAGE_NAME_MAX_CHARS = 256;
export const MESSAGE_BODY_MAX_CHARS = 64 * 1024;

export const writeMessage = (tx: Transaction, now: number, { name, priority, cls, uuid, body }: Message): Ref<'message'> => {
  const ref = tx.create('message', { name, priority, cls, obj_uuid: uuid, timestamp: datetime(now), body: body.slice(0, MESSAGE_BODY_MAX_CHARS) });
  keepAtMost(tx, ref, EVERYDAY_MAX, isEveryday);
  keepAtMost(tx, ref, MESSAGES_MAX, () => true);
  return ref;
};

const keepAtMost = (tx: Transaction, newest: Ref<'message'>, most: number, counts: (message: { name: string }) => boolean): void => {
  const all = [...tx.all('message')].filter(([, message]) => counts(message));
  if (all.length <= most) return;
  const oldest = all.filter(([ref]) => ref !== newest).sort(([, a], [, b]) => milliseconds(a.timestamp) - milliseconds(b.timestamp));
  for (const [doomed] of oldest.slice(0, all.length - most)) tx.destroy('message', doomed);
};
