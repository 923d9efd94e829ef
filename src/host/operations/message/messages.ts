import { ApiError, type Cls, type ClassName, type Records, type Ref } from '../../../shared/api';
import type { CallContext, Handlers } from '../contract';
import { milliseconds } from '../datetime';
import type { Desk } from '../desk';
import { parseFilter } from '../implicit/filter';
import { invalid } from '../vm/limits';
import { rememberAcknowledged } from './history';
import { MESSAGE_BODY_MAX_CHARS, MESSAGE_NAME_MAX_CHARS, writeMessage } from './write-message';

/* The class `message`. In XenAPI all its messages are custom ones, because xapi keeps them beside its database. */

/** Of what a message can be about, the classes that this host has. */
const CLASS_OF: Readonly<Partial<Record<Cls, ClassName>>> = { VM: 'VM', Host: 'host', SR: 'SR', Pool: 'pool', VDI: 'VDI' };

type Found = Readonly<Record<string, Records['message']>>;

export const messages = (desk: Desk): Handlers => {
  const newestFirst = (wants: (message: Readonly<Records['message']>, ref: string) => boolean): Found =>
    Object.fromEntries([...desk.store.all('message')].filter(([ref, message]) => wants(message, ref)).sort(([, a], [, b]) => milliseconds(b.timestamp) - milliseconds(a.timestamp)));
  const acknowledge = (context: CallContext, refs: readonly Ref<'message'>[]): void => {
    const known = [...new Set(refs)].map(ref => [ref, desk.store.get('message', ref)] as const);
    desk.store.transaction(tx => { for (const [ref] of known) tx.destroy('message', ref); });
    rememberAcknowledged(desk, context, known.map(([, message]) => message));
  };
  return {
    'message.create': (_context, name, priority, cls, uuid, body) => {
      if (name === '' || name.length > MESSAGE_NAME_MAX_CHARS) throw invalid('name', name);
      if (body.length > MESSAGE_BODY_MAX_CHARS) throw invalid('body', body);
      const known = CLASS_OF[cls];
      if (known === undefined) throw new ApiError('UUID_INVALID', cls, uuid);
      desk.store.byUuid(known, uuid);
      return desk.store.transaction(tx => writeMessage(tx, desk.now(), { name, priority, cls, uuid, body }));
    },
    'message.destroy': (context, self) => acknowledge(context, [self]),
    'message.destroy_many': (context, refs) => acknowledge(context, refs),
    'message.get': (_context, cls, uuid, since) => newestFirst(message => message.cls === cls && message.obj_uuid === uuid && milliseconds(message.timestamp) > milliseconds(since)),
    'message.get_since': (_context, since) => newestFirst(message => milliseconds(message.timestamp) > milliseconds(since)),
    'message.get_all': () => Object.keys(newestFirst(() => true)) as never,
    'message.get_all_records': () => newestFirst(() => true),
    'message.get_all_records_where': (_context, expr) => { const filter = parseFilter('message', expr); return newestFirst((message, ref) => filter(ref, { ...message })); },
    'message.get_record': (_context, self) => desk.store.get('message', self),
    'message.get_by_uuid': (_context, uuid) => desk.store.byUuid('message', uuid),
  };
};
