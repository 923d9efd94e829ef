import { failureOf, useSession } from '../api';
import { explain, lookIn } from './errors/explain';

/** For what is edited in place: what went wrong with `work` in one line of words, or undefined. */
export const useSaved = (): ((work: Promise<unknown>) => Promise<string | undefined>) => {
  const session = useSession();
  return work => work.then(() => undefined, (error: unknown) => {
    const { title, detail } = explain(failureOf(error), lookIn(session));
    return `${title}. ${detail}`;
  });
};
