import KeyboardOutlined from '@mui/icons-material/KeyboardOutlined';
import Search from '@mui/icons-material/Search';
import type { World } from '../../api';
import type { Action } from '../../parts/actions/action';
import { useScreen } from '../../parts/actions/stage';
import { FILTER_LABEL } from '../tree/TreeBar';
import { Palette } from './Palette';
import { ShortcutsDialog } from './ShortcutsDialog';

/* What can be done in the window, whatever is chosen. */

export const windowActions = (world: World, keyed: readonly Action[]): readonly Action[] => {
  const actions: readonly Action[] = [
    { id: 'window.go', label: 'Go to anything…', icon: Search, shortcut: 'Ctrl+P', whyNot: () => undefined, run: (selection, stage) => { stage.show(close => <OnScreen world={world} selection={selection} close={close} />); } },
    { id: 'window.find', label: FILTER_LABEL, shortcut: 'Ctrl+F', whyNot: () => undefined, run: () => { const field = document.querySelector<HTMLInputElement>('[data-tree-filter]'); field?.focus(); field?.select(); } },
    { id: 'window.keys', label: 'Keyboard shortcuts', icon: KeyboardOutlined, shortcut: 'F1', whyNot: () => undefined, run: (_selection, stage) => { stage.show(close => <ShortcutsDialog actions={[...keyed, ...actions]} close={close} />); } },
  ];
  return actions;
};

const OnScreen = (props: { world: World; selection: Parameters<Action['run']>[0]; close: () => void }) => <Palette {...props} screen={useScreen()} />;
