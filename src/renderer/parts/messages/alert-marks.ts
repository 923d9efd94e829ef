import type { MessageRecord } from '../../../shared/api';
import { type Session, useList, useSession } from '../../api';
import { MESSAGES } from '../lists';
import { type Weight, weightOf } from './messages';

/** Worst first; what is only for information marks nothing. */
type Mark = Exclude<Weight, 'info'>;
const kept = new WeakMap<readonly string[], ReadonlyMap<string, Mark>>();

/** The worst that is told of each object, made once for each state of the list. */
const marksOf = ({ records }: Session, refs: readonly string[]): ReadonlyMap<string, Mark> => {
  const known = kept.get(refs);
  if (known) return known;
  const marks = new Map<string, Mark>();
  for (const ref of refs) {
    const message: MessageRecord | undefined = records.get('message', ref);
    const weight = message && weightOf(message);
    if (message && weight !== undefined && weight !== 'info' && marks.get(message.obj_uuid) !== 'error') marks.set(message.obj_uuid, weight);
  }
  kept.set(refs, marks);
  return marks;
};

export const useAlertMark = (uuid: string | undefined): Mark | undefined => {
  const session = useSession();
  const refs = useList(MESSAGES);
  return uuid === undefined ? undefined : marksOf(session, refs).get(uuid);
};
