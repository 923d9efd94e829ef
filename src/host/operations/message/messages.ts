import { ApiError, type Cls, type ClassName, type Records } from '../../../shared/api';
import type { Handlers } from '../contract';
import { milliseconds } from '../datetime';
import type { Desk } from '../desk';
import { parseFilter } from '../implicit/filter';
import { invalid } from '../vm/limits';
import { MESSAGE_BODY_MAX_CHARS, MESSAGE_NAME_MAX_CHARS, writeMessage } from './alert';

/* The class `message`. In XenAPI all its messages are custom ones, because xapi keeps them beside its database. */

/** Of what a message can be about, the classes that this host has. */
const CLASS_OF: Readonly<Partial<Record<Cls, ClassName>>> = { VM: 'VM', Host: 'host', SR: 'SR', Pool: 'pool', VDI: 'VDI' };

type Found = Readonly<Record<string, Records['message']>>;

export const messages = (desk: Desk): Handlers => {
  const newestFirst = (wants: (message: Readonly<Records['message']>, ref: string) => boolean): Found =>
    Object.fromEntries([...desk.store.all('message')].filter(([ref, message]) => wants(message, ref)).sort(([, a], [, b]) => milliseconds(b.timestamp) - milliseconds(a.timestamp)));
  return {
    'message.create': (_context, name, priority, cls, uuid, body) => {
      if (name === '' || name.length > MESSAGE_NAME_MAX_CHARS) throw invalid('name', name);
      if (body.length > MESSAGE_BODY_MAX_CHARS) throw invalid('body', body);
      const known = CLASS_OF[cls];
      if (known === undefined) throw new ApiError('UUID_INVALID', cls, uuid);
      desk.store.byUuid(known, uuid);
      return desk.store.transaction(tx => writeMessage(tx, desk.now(), { name, priority, cls, uuid, body }));
    },
    'message.destroy': (_context, self) => { desk.store.transaction(tx => { tx.destroy('message', self); }); },
    'message.destroy_many': (_context, refs) => { desk.store.transaction(tx => { for (const ref of new Set(refs)) tx.destroy('message', ref); }); },
    'message.get': (_context, cls, uuid, since) => newestFirst(message => message.cls === cls && message.obj_uuid === uuid && milliseconds(message.timestamp) > milliseconds(since)),
    'message.get_since': (_context, since) => newestFirst(message => milliseconds(message.timestamp) > milliseconds(since)),
    'message.get_all': () => Object.keys(newestFirst(() => true)) as never,
    'message.get_all_records': () => newestFirst(() => true),
    'message.get_all_records_where': (_context, expr) => { const filter = parseFilter('message', expr); return newestFirst((message, ref) => filter(ref, { ...message })); },
    'message.get_record': (_context, self) => desk.store.get('message', self),
    'message.get_by_uuid': (_context, uuid) => desk.store.byUuid('message', uuid),
  };
};
