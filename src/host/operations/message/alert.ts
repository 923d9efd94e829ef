import type { Cls, Ref } from '../../../shared/api';
import type { Transaction } from '../../store/contract';
import { datetime, milliseconds } from '../datetime';
import type { Desk } from '../desk';

/* What the host has to tell a person, who may look only tomorrow: a message of XenAPI, at the object that it is about. */

/** XenAPI's: 1 data may be lost, 2 a service is, 3 something works less well, 4 it works again, 5 for information. */
export type Priority = 1 | 2 | 3 | 4 | 5;
export interface Alert { name: string; priority: Priority; cls: Cls; uuid: string; body: string }

/** The oldest go: nobody reads more, and every client that connects gets them all. */
export const MESSAGES_MAX = 1_000;
/** The same about the same object is told once in this time: a guest that goes round in circles writes no novel. */
export const ALERT_QUIET_MS = 10 * 60_000;
export const MESSAGE_NAME_MAX_CHARS = 256;
export const MESSAGE_BODY_MAX_CHARS = 64 * 1024;

/** Never fails: it is said beside what is being done. */
export const alert = (desk: Desk, { name, priority, cls, uuid, body }: Alert): void => {
  if (desk.stopping.aborted) return;
  try {
    const since = desk.now() - ALERT_QUIET_MS;
    const told = [...desk.store.all('message').values()]
      .some(message => message.name === name && message.obj_uuid === uuid && message.cls === cls && milliseconds(message.timestamp) > since);
    if (!told) desk.store.transaction(tx => { writeMessage(tx, desk.now(), { name, priority, cls, uuid, body }); });
  } catch (error) { desk.log.error('an alert is not written', { name, uuid, why: String(error) }); }
};

export const writeMessage = (tx: Transaction, now: number, { name, priority, cls, uuid, body }: Omit<Alert, 'priority'> & { priority: number }): Ref<'message'> => {
  const ref = tx.create('message', { name, priority, cls, obj_uuid: uuid, timestamp: datetime(now), body: body.slice(0, MESSAGE_BODY_MAX_CHARS) });
  const all = [...tx.all('message')];
  if (all.length > MESSAGES_MAX) {
    const oldest = all.filter(([other]) => other !== ref).sort(([, a], [, b]) => milliseconds(a.timestamp) - milliseconds(b.timestamp));
    for (const [doomed] of oldest.slice(0, all.length - MESSAGES_MAX)) tx.destroy('message', doomed);
  }
  return ref;
};
