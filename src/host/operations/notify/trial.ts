import { randomUUID } from 'node:crypto';
import { ApiError } from '../../../shared/api';
import { DeliveryError, type Note } from '../../notify/contract';
import type { CallContext } from '../contract';
import { datetime } from '../datetime';
import type { Desk } from '../desk';
import { argument, type PluginFunction } from '../host/plugin-function';
import { noteOf } from './note';
import { waysOf } from './ways';

/* Whether it arrives is better known before something happens: one try, and what came of it. */

const TRIAL_LIMIT_MS = 60_000;

/** `notify_test {way: mail | webhook}` answers who took it. */
export const notifyPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => {
  const ways = waysOf(desk);
  const send: Readonly<Record<string, (note: Note, signal: AbortSignal) => Promise<string>>> = {
    mail: async (note, signal) => {
      const to = ways.mail();
      if (!to) throw new ApiError('OPERATION_NOT_ALLOWED', 'nobody is to be told by e-mail: addresses and a mail server have to be set');
      await desk.courier.mail(to.settings, [note], signal);
      return `${to.settings.host}:${to.settings.port}`;
    },
    webhook: async (note, signal) => {
      const to = ways.webhook();
      if (!to) throw new ApiError('OPERATION_NOT_ALLOWED', 'nobody is to be told by a webhook: an address has to be set');
      await desk.courier.post(to.settings, note, signal);
      return new URL(to.settings.url).host; // the path of some is a password
    },
  };
  return {
    notify_test: async (context, args) => {
      const way = argument(args, 'way'), trial = Object.hasOwn(send, way) ? send[way] : undefined;
      if (!trial) throw new ApiError('INVALID_VALUE', 'way', way.slice(0, 100));
      try { return await trial(trialNote(desk, context), AbortSignal.any([context.task.signal, desk.stopping, AbortSignal.timeout(TRIAL_LIMIT_MS)])); } catch (error) {
        if (error instanceof DeliveryError) throw new ApiError('XENAPI_PLUGIN_FAILURE', 'NOT_DELIVERED', '', error.message);
        throw error;
      }
    },
  };
};

const trialNote = (desk: Desk, { caller }: CallContext): Note => {
  const uuid = [...desk.store.all('pool').values()][0]?.uuid ?? '';
  return noteOf(desk.store, desk.identity.brand, { uuid: randomUUID(), name: 'TEST_NOTIFICATION', priority: 5, cls: 'Pool', obj_uuid: uuid, timestamp: datetime(desk.now()), body: `Nothing has happened: ${caller.user} wanted to know whether this arrives.` });
};
