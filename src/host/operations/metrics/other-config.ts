import { ApiError, type ClassName } from '../../../shared/api';
import type { Owner } from '../../metrics/contract';
import { assertNotifySettings } from '../notify/settings';
import { parsePerfmon, PerfmonError } from './perfmon';
import { MIN_MAX } from './subjects';

/* What a key of other_config that this host obeys may say. A wrong one is refused when it is set; one that came another way (an import) is told by a message. */

type Map = Readonly<Record<string, string>>;
const KIND: Readonly<Partial<Record<ClassName, Owner['kind']>>> = { VM: 'vm', host: 'host', SR: 'sr' };

export const assertOtherConfig = (cls: ClassName, before: Map, after: Map): void => {
  if (cls === 'pool') assertNotifySettings(before, after);
  const kind = KIND[cls], { perfmon, [MIN_MAX]: minMax } = after;
  if (cls === 'host' && minMax !== undefined && minMax !== 'true' && minMax !== 'false') throw new ApiError('INVALID_VALUE', `other_config:${MIN_MAX}`, 'true or false');
  if (kind === undefined || perfmon === undefined || perfmon === before['perfmon']) return;
  try { parsePerfmon(perfmon, kind); } catch (error) {
    if (error instanceof PerfmonError) throw new ApiError('INVALID_VALUE', 'other_config:perfmon', error.message);
    throw error;
  }
};
