import Box from '@mui/material/Box';
import Drawer from '@mui/material/Drawer';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useMemo, useState } from 'react';
import { type Session, SessionScope, useValue, type World } from '../../api';
import { VmList } from '../../features/farm/list/VmList';
import { StaleBanner } from '../../features/session/details/StaleBanner';
import type { Selection } from '../../parts/actions/action';
import { menuEntries } from '../../parts/actions/entries';
import { ScreenContext } from '../../parts/actions/stage';
import { TabContext } from '../../parts/details/tab';
import { ActionMenu } from '../../ui/ActionMenu';
import { useKept } from '../../ui/kept';
import { onlyMarked } from '../../ui/marks';
import { Splitter } from '../../ui/Splitter';
import { menuFor, SHORTCUTS } from '../actions-for';
import { useAlertNotices } from '../alert-notices';
import { DetailsPane } from '../DetailsPane';
import { type Chosen, ScreenState } from '../screen-state';
import { useShortcuts } from '../shortcuts';
import { windowActions } from '../palette/window-actions';
import { ObjectTree } from '../tree/ObjectTree';
import { TreeModel } from '../tree/tree-model';
import { DropFiles } from './DropFiles';
import { FirstStart } from './FirstStart';
import { NoticeStack } from './notices';
import { TasksPanel } from './TasksPanel';
import { Toolbar } from './Toolbar';
import { TopBar } from './TopBar';

const TREE_WIDTH = { first: 280, min: 160, max: 640 };

/** Bars, tree, details, tasks: what is where. */
export const Shell = ({ world }: { world: World }) => {
  const [{ tree, screen, own, keyed }] = useState(() => { const made = new TreeModel(world), own = windowActions(world, SHORTCUTS); return { tree: made, screen: new ScreenState(made, world), own, keyed: [...SHORTCUTS, ...own] }; });
  const sessions = useValue(world.sessions);
  useAlertNotices(world, screen);
  const ready = useValue(world.ready);
  const wished = useValue(screen.chosen);
  const dialogs = useValue(screen.dialogs);
  const tab = useValue(screen.tab);
  const narrow = useMediaQuery('(max-width: 759px)');
  const compact = useMediaQuery('(max-width: 1079px)');
  const [drawer, setDrawer] = useState(false);
  const [width, setWidth] = useKept<number>('tree.width', TREE_WIDTH.first);

  // What was chosen may have gone with its session: then the first connection is shown.
  const first = useMemo(() => chosenFirst(sessions), [sessions]);
  const chosen = wished && (wished.session === undefined || sessions.includes(wished.session)) ? wished : first;
  const selection: Selection = useMemo(() => chosen?.targets.filter(({ session }) => sessions.includes(session)) ?? [], [chosen, sessions]);
  const wantedTab = useMemo(() => ({ wanted: tab, choose: (next: string) => { screen.tab.set(next); } }), [tab, screen]);
  const shortcuts = useMemo(() => (ready ? keyed.filter(action => screen.shortcutOf(action) !== undefined) : []), [ready, keyed, screen]);
  useShortcuts(shortcuts, action => { if (dialogs.length === 0) screen.perform(action, selection); });

  const objects = (
    <ObjectTree model={tree} marks={chosen?.marks ?? onlyMarked(undefined)} onActivate={() => { setDrawer(false); }}
      onMark={(marks, node, targets, by) => { screen.choose(node, marks, targets); if (by === 'pointer' && marks.marked.size === 1) setDrawer(false); }} />
  );
  return (
    <ScreenContext value={screen}>
      <TabContext value={wantedTab}>
        <DropFiles session={chosen?.session}><Box sx={{ height: '100%', display: 'flex', flexDirection: 'column', bgcolor: 'background.default', color: 'text.primary' }}>
          <Box component="header" sx={{ flex: 'none' }}>
            <TopBar session={chosen?.session ?? sessions[0]} selection={selection} own={own} narrow={narrow} onTree={() => { setDrawer(true); }} />
            <Toolbar selection={selection} narrow={compact} />
          </Box>
          <Box sx={{ flex: 1, minHeight: 0, display: 'flex' }}>
            {!narrow && sessions.length > 0 && (
              <Box component="nav" aria-label="Objects" sx={{ display: 'flex', flex: 'none' }}>
                <Box sx={{ width, minWidth: 0, bgcolor: 'background.paper', borderRight: 1, borderColor: 'divider' }}>{objects}</Box>
                <Splitter label="Width of the tree" width={width} min={TREE_WIDTH.min} max={TREE_WIDTH.max} onWidth={setWidth} />
              </Box>
            )}
            <Box component="main" sx={{ flex: 1, minWidth: 0, minHeight: 0, display: 'flex', flexDirection: 'column' }}>
              {chosen && (chosen.group || selection.length > 1
                ? <Box sx={{ flex: 1, minHeight: 0 }}><VmList key={chosen.group?.query ?? 'marked'} {...(chosen.group ?? { title: `${selection.length} chosen`, targets: selection })} /></Box>
                : chosen.session && (
                  <SessionScope key={chosen.session.id} session={chosen.session}>
                    <StaleBanner />
                    <Box sx={{ flex: 1, minHeight: 0 }}><DetailsPane key={chosen.id} target={chosen.target} section={chosen.section} /></Box>
                  </SessionScope>
                ))}
              {!chosen && ready && <FirstStart />}
            </Box>
          </Box>
          <TasksPanel />
        </Box></DropFiles>
        <Drawer open={narrow && drawer} onClose={() => { setDrawer(false); }}
          slotProps={{ paper: { sx: { width: 'min(320px, 85vw)' }, 'aria-label': 'Objects' } }}>{objects}</Drawer>
        <ContextMenu world={world} screen={screen} />
        {dialogs.map(({ id, body }) => <div key={id}>{body}</div>)}
        <NoticeStack notices={screen.notices} onShow={screen.select} onExplain={screen.explain} />
      </TabContext>
    </ScreenContext>
  );
};

const chosenFirst = ([session]: readonly Session[]): Chosen | undefined => {
  if (!session) return undefined;
  const target = { session, cls: 'session' as const, ref: session.id };
  return { id: session.id, marks: onlyMarked(session.id), target, targets: [target], section: undefined, group: undefined, session };
};

const ContextMenu = ({ world, screen }: { world: World; screen: ScreenState }) => {
  const menu = useValue(screen.menu);
  if (!menu) return null;
  const { selection, at } = menu;
  return <ActionMenu label="Actions" at={at} groups={menuEntries(menuFor(world, selection), selection, screen)} onClose={() => { screen.menu.set(undefined); }} />;
};
