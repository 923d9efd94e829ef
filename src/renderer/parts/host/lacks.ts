import { useEffect, useState } from 'react';
import type { Session } from '../../api';
import { callPlugin, hasPlugin } from './plugin';

/** What a host cannot do, by feature, in its words. An empty text, or none: it can. */
export type Lacks = Readonly<Record<string, string>>;
type Question = 'network_lacks' | 'host_lacks';

/** Hosts of others have no such answer, and are asked by trying. */
export const lacksOf = async (session: Session, question: Question): Promise<Lacks> => {
  if (!hasPlugin(session)) return {};
  const answer: unknown = JSON.parse(await callPlugin(session, question));
  return typeof answer === 'object' && answer !== null ? Object.fromEntries(Object.entries(answer).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {};
};

/** As long as nobody knows: nothing is lacking. */
export const useLacks = (session: Session, question: Question): Lacks => {
  const [lacks, setLacks] = useState<Lacks>({});
  useEffect(() => {
    let here = true;
    lacksOf(session, question).then(found => { if (here) setLacks(found); }, () => { /* a hint less */ });
    return () => { here = false; };
  }, [session, question]);
  return lacks;
};

/** Why a setting does not count on this host although it is kept; undefined: it does. */
export const whyWithout = (lacks: Lacks, feature: string): string | undefined => {
  const lack = lacks[feature] ?? '';
  return lack === '' ? undefined : `Kept, but without effect on this host: ${lack.replace(/\.$/, '')}.`;
};
