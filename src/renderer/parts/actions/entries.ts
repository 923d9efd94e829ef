import type { MenuEntry } from '../../ui/ActionMenu';
import type { Action, Selection } from './action';
import type { Screen } from './stage';

/** Actions as a menu shows them, each with its reason why not. */
export const menuEntries = (groups: readonly (readonly Action[])[], selection: Selection, screen: Screen): MenuEntry[][] => groups.map(group => group.map(action => {
  const shortcut = screen.shortcutOf(action);
  return {
    id: action.id, label: action.label, ...(action.icon && { icon: action.icon }), danger: action.danger === true, ...(shortcut !== undefined && { shortcut }),
    why: action.whyNot(selection), run: () => { screen.perform(action, selection); },
  };
}));
