import type { World } from '../../api';
import { connect } from '../../features/session/actions/connect';
import type { Action, Selection, Target } from '../../parts/actions/action';
import type { Screen } from '../../parts/actions/stage';
import type { Subject } from '../../parts/search/facts';
import { findAny } from '../../parts/search/find';
import { parseQuery } from '../../parts/search/query';
import { menuFor } from '../actions-for';

/* What the palette offers for what is typed: objects, actions on what is chosen, and the search itself. */

export interface PaletteEntry { id: string; title: string; detail: string; why?: string | undefined; shortcut?: string | undefined; subject?: Subject; run: () => void }
const OBJECTS_MAX = 40;

export const paletteEntries = (world: World, screen: Screen, selection: Selection, text: string): readonly PaletteEntry[] => {
  const onlyActions = text.startsWith('>'), wanted = (onlyActions ? text.slice(1) : text).trim(), words = wanted.toLowerCase().split(/\s+/).filter(word => word !== '');
  const fits = ({ label }: Action): boolean => words.every(word => label.toLowerCase().includes(word));
  const actions = [...new Set([...menuFor(world, selection).flat(), ...(world.inBrowser ? [] : [connect])])].filter(fits).map((action): PaletteEntry => ({
    id: `action ${action.id}`, title: action.label.replace(/…$/, ''), detail: nameOf(selection), why: action.whyNot(selection), shortcut: screen.shortcutOf(action), run: () => { screen.perform(action, selection); },
  }));
  if (onlyActions) return actions;
  const objects = wanted === '' ? [] : findAny(world.sessions.get(), parseQuery(wanted), OBJECTS_MAX).map((subject): PaletteEntry => {
    const target: Target = { session: subject.session, cls: subject.cls, ref: subject.ref };
    return { id: `object ${subject.session.id} ${subject.ref}`, title: subject.record.name_label || 'unnamed', detail: detailOf(subject), subject, run: () => { screen.select(target); } };
  });
  const search: readonly PaletteEntry[] = wanted === '' ? [] : [{ id: 'search', title: `All VMs that fit “${wanted}”`, detail: 'as a list', run: () => { screen.find(wanted, wanted); } }];
  // What can be done comes before what cannot.
  return [...objects, ...search, ...actions.filter(({ why }) => why === undefined), ...actions.filter(({ why }) => why !== undefined)];
};

const nameOf = ([target, ...others]: Selection): string => {
  if (!target) return '';
  if (others.length > 0) return `${others.length + 1} chosen`;
  return target.cls === 'session' ? target.session.view.get().address : target.session.records.get(target.cls, target.ref)?.name_label ?? '';
};
const KIND_WORDS: Readonly<Record<Subject['cls'], string>> = { VM: 'VM', host: 'Host', SR: 'Storage', network: 'Network' };
const detailOf = ({ session, cls, record }: Subject): string => [cls === 'VM' && 'is_a_template' in record && record.is_a_template ? 'Template' : KIND_WORDS[cls], record.name_description, session.view.get().address].filter(part => part !== '').join(' · ');
