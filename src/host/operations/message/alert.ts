import { milliseconds } from '../datetime';
import type { Desk } from '../desk';
import { type Message, type Priority, writeMessage } from './write-message';

/* What the host has to tell a person, who may look only tomorrow. */

export type Alert = Message & { priority: Priority };

/** The same about the same object is told once in this time: a guest that goes round in circles writes no novel. */
export const ALERT_QUIET_MS = 10 * 60_000;

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
