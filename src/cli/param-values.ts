/* What is typed as a field's value, as XenAPI takes it. */
import type { Client } from '../client';
import { ENUMS, NULL_REF, type ClassName, type Type } from '../shared/api';
import { hasClass } from './fields';
import { refOf } from './pick';
import { bytesOf } from './sizes';
import { UsageError } from './verb';

export const typedValue = async (client: Client, shown: string, type: Type, text: string): Promise<unknown> => {
  switch (type.t) {
    case 'int': return bytesOf(shown, text);
    case 'float': {
      const number = Number(text);
      if (text.trim() === '' || !Number.isFinite(number)) throw new UsageError(`${shown}= is a number`);
      return number;
    }
    case 'bool':
      if (!Object.hasOwn(BOOLEANS, text.toLowerCase())) throw new UsageError(`${shown}= is true or false`);
      return BOOLEANS[text.toLowerCase()];
    case 'enum': {
      const choices = ENUMS[type.name] ?? [], found = choices.find(choice => choice.toLowerCase() === text.toLowerCase());
      if (found === undefined) throw new UsageError(`${shown}= is one of ${choices.join(', ')}`);
      return found;
    }
    case 'ref': return hasClass(type.cls) ? referred(client, type.cls, text) : text;
    case 'set': return Promise.all(text.split(',').map(each => each.trim()).filter(each => each !== '').map(each => typedValue(client, shown, type.of, each)));
    case 'map': throw new UsageError(`${shown} is a map: give ${shown}:key=value`);
    default: return text;
  }
};
const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, yes: true, '1': true, false: false, no: false, '0': false };

const referred = async (client: Client, cls: ClassName, text: string): Promise<string> => (text === '' || text === '<not in database>' || text === NULL_REF ? NULL_REF : refOf(client, cls, text));
