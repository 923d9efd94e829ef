import { complete } from '../client';
import type { ApiEvent, ClassName } from '../shared/api';
import { EVENT_FROM_TIMEOUT_S } from '../shared/lib/limits';
import { hasClass, type AnyRecord } from './fields';
import { filtered } from './records';
import { CannotError, UsageError, type Verb } from './verb';

export const eventWait: Verb = {
  name: 'event-wait', filters: true, flags: [],
  summary: 'waits until an object is as the filters say: class=vm name-label=web power-state=running; field=/=value: until it is not so',
  parameters: [{ name: 'class', about: 'vm, task, ...', required: true }, { name: 'timeout', about: 'fails after so many seconds' }],
  run: async context => {
    const { client, values } = context, cls = classOf(values.get('class') ?? ''), until = deadlineOf(values.get('timeout')), filters = [...values].filter(([name]) => name !== 'class' && name !== 'timeout');
    if (filters.length === 0) throw new UsageError('for what? Give name=value');
    // `power-state=/=running` is read as power-state with the value /=running.
    const wanted = new Map(filters.filter(([, value]) => !value.startsWith('/='))), unwanted = filters.filter(([, value]) => value.startsWith('/=')).map(([name, value]) => [name, value.slice(2)] as const);
    const fits = async (record: AnyRecord): Promise<boolean> => {
      if ((await filtered(context, cls, [record], wanted)).length === 0) return false;
      for (const [name, value] of unwanted) if ((await filtered(context, cls, [record], new Map([[name, value]]))).length > 0) return false;
      return true;
    };
    await fits(complete(cls, {}) as unknown as AnyRecord); // a name that the class has not is told now
    for (let token = ''; ;) {
      const left = (until - performance.now()) / 1000;
      if (left <= 0) throw new CannotError('it did not come to that in time');
      const batch = await client.call('event.from', [cls], token, Math.min(EVENT_FROM_TIMEOUT_S, left));
      token = batch.token;
      for (const event of batch.events as unknown as readonly ApiEvent[]) if (event.operation !== 'del' && event.class.toLowerCase() === cls.toLowerCase() && await fits(complete(cls, event.snapshot as AnyRecord) as unknown as AnyRecord)) return;
    }
  },
};

const classOf = (name: string): ClassName => {
  for (const each of [name, name.toUpperCase(), name.toLowerCase()]) if (hasClass(each)) return each;
  throw new UsageError(`there is no class "${name}"`);
};

const deadlineOf = (text: string | undefined): number => {
  if (text === undefined) return Infinity;
  const seconds = Number(text);
  if (!(seconds > 0)) throw new UsageError('timeout= is a number of seconds');
  return performance.now() + seconds * 1000;
};
