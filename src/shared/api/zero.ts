import { ENUMS } from './generated/enums';
import { EPOCH, NULL_REF, type Type } from './types';

/** A type's empty value, for a field that has none and no default; undefined where the type has no such thing. */
export const zeroOf = (type: Type): unknown => {
  switch (type.t) {
    case 'string': case 'void': return '';
    case 'int': case 'float': return 0;
    case 'bool': return false;
    case 'datetime': return EPOCH;
    case 'ref': return NULL_REF;
    case 'enum': return ENUMS[type.name]?.[0] ?? '';
    case 'set': return [];
    case 'map': case 'record': case 'struct': return {};
    case 'option': case 'any': return undefined;
  }
};
