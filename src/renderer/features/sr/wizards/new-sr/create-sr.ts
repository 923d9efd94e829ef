import type { PBDRecord, Ref } from '../../../../../shared/api';
import { CallFailed, failureOf, type Session } from '../../../../api';
import { firstHost } from '../../../../parts/host/plugin';
import { HOSTS } from '../../../../parts/lists';
import type { Kind } from './kinds';
import type { NewSr } from './new-sr';

/* The last step: a new repository, or one that is there already and is attached again. */

export const finishSr = (session: Session, kind: Kind, value: NewSr, config: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Ref<'SR'>> =>
  (value.found?.sr ? introduceSr(session, kind, value, value.found.sr.uuid, config, signal) : createSr(session, kind, value, config, signal));

const contentOf = (kind: Kind): string => (kind.iso ? 'iso' : 'user');

const createSr = async (session: Session, kind: Kind, value: NewSr, config: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Ref<'SR'>> => {
  const host = firstHost(session) as Ref<'host'>;
  const { result } = await session.run({ verb: 'create storage', subject: value.name.trim() }, signal, 'Async.SR.create', host, config, 0, value.name.trim(), value.description.trim(), kind.type, contentOf(kind), kind.shared);
  if (result === undefined) throw new CallFailed({ kind: 'outcome-unknown', method: 'SR.create' });
  return result as Ref<'SR'>;
};

/** Never formats: the record, then how each host reaches it, then attached. What was made is taken back when one of it fails. */
const introduceSr = async (session: Session, kind: Kind, value: NewSr, uuid: string, config: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Ref<'SR'>> => {
  const name = value.name.trim();
  const about = { verb: 'attach storage', subject: name };
  const sr = await session.call('SR.introduce', uuid, name, value.description.trim(), kind.type, contentOf(kind), kind.shared, {});
  try {
    const hosts = kind.shared ? session.records.index(HOSTS).refs : [firstHost(session)];
    for (const host of hosts) {
      const pbd = await session.call('PBD.create', { host, SR: sr, device_config: config, other_config: {} } as Partial<PBDRecord> as PBDRecord);
      await session.run(about, signal, 'Async.PBD.plug', pbd);
    }
    return sr;
  } catch (error) {
    const undo = await takeBack(session, sr).then(() => undefined, failureOf);
    throw undo ? new CallFailed({ kind: 'half-made', name, cause: failureOf(error), undo }) : error;
  }
};

const takeBack = async (session: Session, sr: Ref<'SR'>): Promise<void> => {
  for (const pbd of await session.call('SR.get_PBDs', sr)) if (await session.call('PBD.get_currently_attached', pbd)) await session.call('PBD.unplug', pbd);
  await session.call('SR.forget', sr);
};
