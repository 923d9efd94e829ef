import type { ClassName, Records } from '../../../shared/api';
import type { Session } from '../../api';
import { HOSTS, NETWORKS, SRS, TEMPLATES, VMS } from '../lists';
import { NUMBERS, type Subject, TEXTS, WORD_FIELDS } from './facts';
import { isNumberField, numberOf, type Comparison, type Query, type Term } from './query';

/* Which objects of all connections a query means. */

const LISTS = [VMS, HOSTS, SRS, NETWORKS, TEMPLATES] as const;
/** A change of one of these can change what is found. */
export const SEARCHED: readonly ClassName[] = ['VM', 'VM_guest_metrics', 'host', 'SR', 'network', 'pool'];

export const subjectsOf = (session: Session, lists: readonly (typeof LISTS)[number][] = LISTS): Subject[] => lists.flatMap(spec =>
  session.records.index<'VM' | 'host' | 'SR' | 'network'>(spec).refs.flatMap((ref): Subject[] => {
    const record: Records['VM' | 'host' | 'SR' | 'network'] | undefined = session.records.get(spec.cls, ref);
    return record ? [{ session, cls: spec.cls, ref, record }] : [];
  }));

/** A query made ready: values in small letters, numbers read once. */
export type Matcher = (subject: Subject) => boolean;
export const matcherOf = (query: Query): Matcher => {
  const terms = query.map(termMatcher);
  return subject => terms.every(holds => holds(subject));
};

const termMatcher = ({ field, how, values, not }: Term): Matcher => {
  if (isNumberField(field)) {
    const wanted = values.map(numberOf), read = NUMBERS[field];
    return subject => wanted.some(value => compare(read(subject), how, value)) !== not;
  }
  const small = values.map(value => value.toLowerCase());
  const fits = how === '=' ? (text: string, value: string) => text === value : (text: string, value: string) => text.includes(value);
  const holds = (texts: readonly string[]): boolean => texts.some(text => { const lower = text.toLowerCase(); return small.some(value => fits(lower, value)); });
  if (field !== undefined) { const read = TEXTS[field]; return subject => holds(read(subject)) !== not; }
  return subject => WORD_FIELDS.some(each => holds(TEXTS[each](subject))) !== not;
};

const compare = (value: number, how: Comparison, wanted: number): boolean => {
  switch (how) {
    case '>': return value > wanted;
    case '<': return value < wanted;
    case '>=': return value >= wanted;
    case '<=': return value <= wanted;
    case ':': case '=': return value === wanted;
  }
};

/** The VMs of all connections that `query` means, connection by connection, by name. */
export const findVms = (sessions: readonly Session[], query: Query): Subject[] => {
  const matches = matcherOf(query);
  return sessions.flatMap(session => subjectsOf(session, [VMS]).filter(matches));
};

/** Anything, the likeliest first: names that begin with it, names that hold it, the rest. At most `most`. */
export const findAny = (sessions: readonly Session[], query: Query, most: number): Subject[] => {
  const matches = matcherOf(query), word = query.find(term => term.field === undefined && !term.not)?.values[0]?.toLowerCase() ?? '';
  const ranks: Subject[][] = [[], [], [], []];
  for (const session of sessions) {
    for (const subject of subjectsOf(session)) {
      if (!matches(subject)) continue;
      const name = subject.record.name_label.toLowerCase();
      ranks[name === word ? 0 : name.startsWith(word) ? 1 : name.includes(word) ? 2 : 3]?.push(subject);
      if ((ranks[0]?.length ?? 0) >= most) break;
    }
  }
  return ranks.flat().slice(0, most);
};
