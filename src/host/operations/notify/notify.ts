import type { Records } from '../../../shared/api';
import type { Disposable } from '../../../shared/lib/emitter';
import type { Note } from '../../notify/contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { noteOf } from './note';
import { Outbox } from './outbox';
import { waysOf } from './ways';

/* Every message that is made, whoever made it, goes out by e-mail and by webhook where pool.other_config says so. Follows the change feed: whoever writes a
 * message waits for nobody. What waits here when the service ends is not sent; the message stays. */

const NOTES_IN_A_LETTER_MAX = 50;

/** @param retryFirstMs a setting of tests */
export const startNotifying = (desk: Desk, retryFirstMs?: number): Disposable => {
  const { store, log, courier } = desk, patience = retryFirstMs === undefined ? {} : { retryFirstMs }, { mail, webhook } = waysOf(desk);
  // The settings are read when it is sent: what was wrong may have been put right meanwhile.
  const letters = new Outbox<Note>({ name: 'e-mail', batchMax: NOTES_IN_A_LETTER_MAX, log, ...patience, deliver: async (notes, signal) => { const to = mail(); if (to) await courier.mail(to.settings, notes, signal); } });
  const posts = new Outbox<Note>({ name: 'webhook', batchMax: 1, log, ...patience, deliver: async ([note], signal) => { const to = webhook(); if (to && note) await courier.post(to.settings, note, signal); } });
  let generation = store.generation;
  const look = (): void => {
    const changes = store.changesSince(generation, cls => cls === 'message');
    generation = store.generation;
    for (const { operation, snapshot } of changes?.events ?? []) {
      if (operation !== 'add') continue;
      const message = snapshot as unknown as Readonly<Records['message']>;
      if (message.priority <= (mail()?.minPriority ?? -1)) letters.put(noteOf(store, desk.identity.brand, message));
      if (message.priority <= (webhook()?.minPriority ?? -1)) posts.put(noteOf(store, desk.identity.brand, message));
    }
  };
  const listening = store.onCommit(() => { try { look(); } catch (error) { log.error('messages not sent on', { why: messageOf(error) }); } });
  return { dispose: () => { listening.dispose(); letters.dispose(); posts.dispose(); } };
};
