import type { ReactNode } from 'react';
import { failureOf, type Session, Value, type World } from '../api';
import { perform, type Selection, type Target } from '../parts/actions/action';
import type { Screen } from '../parts/actions/stage';
import { FailureDialog } from './shell/FailureDialog';
import { Notices } from './shell/notices';
import { onlyMarked, type Marks } from '../ui/marks';
import { objectId, parentsOf, type SectionId, type TreeNode } from './tree/nodes';
import type { Group } from './tree/views';
import type { TreeModel } from './tree/tree-model';

/* What the window itself remembers: the selection, the wanted tab, open dialogs, the context menu, notices. */

/** `targets`: all that are marked, with what stands where the keyboard is. */
export interface Chosen { id: string; marks: Marks; target: Target | undefined; targets: readonly Target[]; section: SectionId | undefined; group: Group | undefined; session: Session | undefined }
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

  readonly choose = (node: Pick<TreeNode, 'id' | 'target' | 'section' | 'group' | 'session'>, marks: Marks = onlyMarked(node.id), targets: readonly Target[] = node.target ? [node.target] : []): void => {
    this.chosen.set({ id: node.id, marks, target: node.target, targets, section: node.section, group: node.group, session: node.session });
  };
  /** The VMs that a search finds, as a list. */
  readonly find: Screen['find'] = (title, query) => { this.choose({ id: `search ${query}`, group: { title, query } }); };
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
