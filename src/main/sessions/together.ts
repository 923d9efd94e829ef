/* Which hosts a console is connected to at the same time: one Express host, or as many as want whose editions let them. The rule itself is in shared/rules/editions. */
import type { SessionInput } from '../../connection/state';
import { wantsToBeAlone } from '../../shared/rules/editions';
import type { KnownHost } from '../../shared/ipc';
import type { Session } from './session';

type Told = Pick<Session, 'records' | 'view'>;

/** A pool is as its hosts are. */
export const isAlone = ({ records }: Pick<Session, 'records'>): boolean => {
  const [pool] = records.all('pool').values();
  return [...records.all('host').values()].some(host => wantsToBeAlone({ license_params: host.license_params ?? {}, ...(pool && { pool_restrictions: pool.restrictions ?? {} }) }));
};

/** Why `one`, which has told what it is, is not let in beside these; undefined: it is. */
export const notBeside = (one: Told, others: readonly Told[]): SessionInput | undefined => {
  if (others.length === 0) return undefined;
  const wish = isAlone(one) ? 'own' : others.some(isAlone) ? 'others' : undefined;
  return wish && { on: 'alone', wish, others: others.map(other => other.view.address) };
};

/** Who goes when a person has agreed: all, or those that are alone themselves. */
export const leavers = <T extends Told>(one: Told, others: readonly T[]): readonly T[] => (isAlone(one) ? others : others.filter(isAlone));

/** Of the known hosts, the one used last first: that one when it is alone, else all that are not. What was never asked is tried. @param some some host is connected */
export const atStart = <T extends Pick<KnownHost, 'alone'>>(known: readonly T[], some: boolean): T[] => {
  const [last] = known;
  return !some && last?.alone === true ? [last] : known.filter(host => host.alone !== true);
};
