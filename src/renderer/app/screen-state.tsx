import type { ReactNode } from 'react';
import { failureOf, Value, type World } from '../api';
import { perform, type Selection, type Target } from '../parts/actions/action';
import type { Screen } from '../parts/actions/stage';
import { FailureDialog } from './shell/FailureDialog';
import { Notices } from './shell/notices';
import { objectId, parentsOf, type SectionId, type TreeNode } from './tree/nodes';
import type { TreeModel } from './tree/tree-model';

/* What the window itself remembers: the selection, the wanted tab, open dialogs, the context menu, notices. */

export interface Chosen { id: string; target: Target | undefined; section: SectionId | undefined; session: TreeNode['session'] }
export interface MenuAt { selection: Selection; at: { x: number; y: number } }

export class ScreenState implements Screen {
  readonly chosen = new Value<Chosen | undefined>(undefined);
  readonly tab = new Value('general');
  readonly dialogs = new Value<readonly { id: number; body: ReactNode }[]>([]);
  readonly menu = new Value<MenuAt | undefined>(undefined);
  readonly notices = new Notices();
  readonly #tree: TreeModel;
  readonly #world: Pick<World, 'inBrowser'>;
  #lastDialog = 0;

  constructor(tree: TreeModel, world: Pick<World, 'inBrowser'>) { this.#tree = tree; this.#world = world; }

  readonly choose = (node: Pick<TreeNode, 'id' | 'target' | 'section' | 'session'>): void => {
    this.chosen.set({ id: node.id, target: node.target, section: node.section, session: node.session });
  };
  readonly select: Screen['select'] = (target, tab) => {
    for (const parent of parentsOf(target)) this.#tree.expand(parent, true);
    // A lone host stands in the tree as its connection.
    const shown = target.cls === 'host' && !this.#tree.get().some(node => node.id === objectId(target)) ? { ...target, cls: 'session' as const, ref: target.session.id } : target;
    this.choose({ id: objectId(shown), target: shown, session: shown.session });
    if (tab !== undefined) this.tab.set(tab);
  };
  readonly show: Screen['show'] = dialog => {
    const id = ++this.#lastDialog;
    const close = (): void => { this.dialogs.set(this.dialogs.get().filter(open => open.id !== id)); };
    this.dialogs.set([...this.dialogs.get(), { id, body: dialog(close) }]);
  };
  readonly succeeded: Screen['succeeded'] = (words, about) => { this.notices.add({ words, ...(about && { about }) }); };
  readonly failed: Screen['failed'] = (words, failure, session) => { this.notices.add({ words, failure, session }); };
  readonly explain: Screen['explain'] = (what, failure, session) => {
    this.show(close => <FailureDialog what={what} failure={failure} session={session} onClose={close} />);
  };
  readonly perform: Screen['perform'] = (action, selection) => { perform(action, selection, this, failureOf); };
  readonly shortcutOf: Screen['shortcutOf'] = ({ shortcut }) => (this.#world.inBrowser && shortcut?.startsWith('Ctrl') ? undefined : shortcut);
  readonly openMenu: Screen['openMenu'] = (selection, at) => { this.menu.set({ selection, at }); };
}
