import type { ClassName, Records } from '../../shared/api';
import { CLASSES } from '../../shared/api/generated/model';

/** What a client may set when it makes an object: RW and RO/constructor fields. The others are the host's to say. */
export const constructorFields = <C extends ClassName>(cls: C, args: Records[C]): Partial<Records[C]> =>
  Object.fromEntries(CLASSES[cls].fields
    .filter(field => field.q !== 'RO/runtime' && (args as unknown as Record<string, unknown>)[field.name] !== undefined)
    .map(field => [field.name, (args as unknown as Record<string, unknown>)[field.name]])) as Partial<Records[C]>;
