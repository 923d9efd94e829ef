/* Which calls a renderer may make. Sessions and events are main's work, and what carries or answers a secret does not pass
 * through a window. */
import { CLASSES } from '../../shared/api/generated/model';
import type { Method } from '../../shared/api';

const allowed = new Set<string>(['system.listMethods', 'system.isAlive']);
for (const [cls, model] of Object.entries(CLASSES)) {
  if (cls === 'session' || cls === 'event' || cls === 'secret') continue;
  for (const { name, params, result, secret, removed, async: hasAsync } of model.messages) {
    if (secret === true || removed === true || [result, ...params.map(param => String(param[1]))].some(type => type.includes('secretstring'))) continue;
    allowed.add(`${cls}.${name}`);
    if (hasAsync === true) allowed.add(`Async.${cls}.${name}`);
  }
}
// What a person types on its way to a host, which keeps it; nothing reads it back.
for (const method of ['session.change_password', 'secret.create', 'secret.get_uuid', 'secret.destroy']) allowed.add(method);

export const mayCall = (method: string): method is Method => allowed.has(method);
