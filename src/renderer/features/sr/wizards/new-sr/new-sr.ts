import { freeName } from '../../../../parts/free-name';
import { SRS } from '../../../../parts/lists';
import type { Session } from '../../../../api';
import type { Kind } from './kinds';
import type { Found } from './probe';

/* The one value behind the New storage wizard. */

export type StepId = 'kind' | 'place' | 'probe' | 'name';
export interface NewSr {
  type: string;
  config: Readonly<Record<string, string>>;
  /** What was chosen of what the host found; undefined: as it was typed. */
  found: Found | undefined;
  name: string;
  description: string;
}

export const STEPS: readonly { id: StepId; title: string }[] = [{ id: 'kind', title: 'Kind' }, { id: 'place', title: 'Place' }, { id: 'probe', title: 'What is there' }, { id: 'name', title: 'Name' }];
export const stepsFor = (kind: Kind | undefined): readonly { id: StepId; title: string }[] => STEPS.filter(step => step.id !== 'probe' || kind?.canProbe !== false);

export const problemsOf = (value: NewSr, kind: Kind | undefined, step: StepId): Readonly<Record<string, string>> => {
  switch (step) {
    case 'kind': return kind && kind.why === undefined ? {} : { kind: 'Choose a kind.' };
    case 'place': {
      const missing = (kind?.fields ?? []).filter(field => field.required && (value.config[field.key] ?? '').trim() === '' && !mayFind(kind, field.key));
      if (missing.length > 0) return Object.fromEntries(missing.map(field => [field.key, 'This is needed.']));
      const given = Object.values(value.config).some(text => text.trim() !== '');
      const [first] = kind?.fields ?? [];
      return first && !given ? { [first.key]: 'Say where it is.' } : {};
    }
    case 'probe': return {};
    case 'name': return value.name.trim() === '' ? { name: 'Give it a name.' } : {};
  }
};

/** What looking finds need not be known before. */
const FOUND_BY_PROBE: ReadonlySet<string> = new Set(['targetIQN', 'SCSIid', 'serverpath']);
const mayFind = (kind: Kind | undefined, key: string): boolean => kind?.canProbe === true && FOUND_BY_PROBE.has(key);

/** Without what was left empty. */
export const givenConfig = (config: Readonly<Record<string, string>>, kind: Kind): Record<string, string> =>
  Object.fromEntries(kind.fields.flatMap(({ key, secret }) => { const text = config[key] ?? ''; return text.trim() === '' ? [] : [[key, secret ? text : text.trim()]]; }));

export const firstName = (session: Session, kind: Kind): string =>
  freeName(kind.name, new Set(session.records.index(SRS).refs.map(ref => session.records.get('SR', ref)?.name_label ?? '')), false);
