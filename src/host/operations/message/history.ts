import type { Records } from '../../../shared/api';
import type { CallContext } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import type { PluginFunction } from '../host/plugin-function';

/* Messages that somebody acknowledged (XenAPI's way is message.destroy): who, when, and what it was. A ring of settings, so that one more costs one small write
 * however many there are. */

export const HISTORY_MAX = 500;
const BODY_MAX_CHARS = 2_000;
const NEXT = 'message-history.next', slot = (number: number): string => `message-history.${number % HISTORY_MAX}`;

export interface Acknowledged extends Pick<Records['message'], 'uuid' | 'name' | 'priority' | 'cls' | 'obj_uuid' | 'timestamp' | 'body'> { acknowledged: string; by: string }

/** After they went: a crash in between loses a line of history, not a message. */
export const rememberAcknowledged = (desk: Desk, { caller }: CallContext, messages: readonly Readonly<Records['message']>[]): void => {
  let next = Number(desk.store.setting(NEXT) ?? 0);
  for (const { uuid, name, priority, cls, obj_uuid, timestamp, body } of messages.slice(-HISTORY_MAX)) {
    const one: Acknowledged = { uuid, name, priority, cls, obj_uuid, timestamp, body: body.slice(0, BODY_MAX_CHARS), acknowledged: datetime(desk.now()), by: caller.user };
    desk.store.setSetting(slot(next++), JSON.stringify(one));
  }
  desk.store.setSetting(NEXT, String(next));
};

/** Newest first. */
export const acknowledgedMessages = (desk: Desk): Acknowledged[] => {
  const next = Number(desk.store.setting(NEXT) ?? 0);
  return Array.from({ length: Math.min(next, HISTORY_MAX) }, (_, i) => JSON.parse(desk.store.setting(slot(next - 1 - i)) ?? '{}') as Acknowledged);
};

/** `message_history {}` answers them as JSON. */
export const historyPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({ message_history: () => JSON.stringify(acknowledgedMessages(desk)) });
