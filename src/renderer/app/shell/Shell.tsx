import Box from '@mui/material/Box';
import Drawer from '@mui/material/Drawer';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useMemo, useState } from 'react';
import { type Session, SessionScope, useValue, type World } from '../../api';
import { StaleBanner } from '../../features/session/details/StaleBanner';
import type { Selection } from '../../parts/actions/action';
import { menuEntries } from '../../parts/actions/entries';
import { ScreenContext } from '../../parts/actions/stage';
import { TabContext } from '../../parts/details/tab';
import { ActionMenu } from '../../ui/ActionMenu';
import { useKept } from '../../ui/kept';
import { Splitter } from '../../ui/Splitter';
import { menuFor, SHORTCUTS } from '../actions-for';
import { useAlertNotices } from '../alert-notices';
import { DetailsPane } from '../DetailsPane';
import { ScreenState } from '../screen-state';
import { useShortcuts } from '../shortcuts';
import { ObjectTree } from '../tree/ObjectTree';
import { TreeModel } from '../tree/tree-model';
import { DropFiles } from './DropFiles';
import { FirstStart } from './FirstStart';
import { NoticeStack } from './notices';
import { TasksPanel } from './TasksPanel';
import { Buttons, Toolbar } from './Toolbar';
import { TopBar } from './TopBar';

const TREE_WIDTH = { first: 280, min: 160, max: 640 };

/** Bars, tree, details, tasks: what is where. */
export const Shell = ({ world }: { world: World }) => {
  const [{ tree, screen }] = useState(() => { const made = new TreeModel(world); return { tree: made, screen: new ScreenState(made, world) }; });
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
  const chosen = wished && sessions.includes(wished.session) ? wished : chosenFirst(sessions);
  const selection: Selection = chosen?.target ? [chosen.target] : [];
  const wantedTab = useMemo(() => ({ wanted: tab, choose: (next: string) => { screen.tab.set(next); } }), [tab, screen]);
  const shortcuts = useMemo(() => (ready ? SHORTCUTS.filter(action => screen.shortcutOf(action) !== undefined) : []), [ready, screen]);
  useShortcuts(shortcuts, action => { if (dialogs.length === 0) screen.perform(action, selection); });

  const objects = (
    <ObjectTree model={tree} selected={chosen?.id} onActivate={() => { setDrawer(false); }}
      onSelect={(node, by) => { screen.choose(node); if (by === 'pointer') setDrawer(false); }} />
  );
  return (
    <ScreenContext value={screen}>
      <TabContext value={wantedTab}>
        <DropFiles session={chosen?.session}><Box sx={{ height: '100%', display: 'flex', flexDirection: 'column', bgcolor: 'background.default', color: 'text.primary' }}>
          <Box component="header" sx={{ flex: 'none' }}>
            <TopBar session={chosen?.session} selection={selection} narrow={narrow} onTree={() => { setDrawer(true); }} />
            {chosen ? <SessionScope session={chosen.session}><Toolbar selection={selection} narrow={compact} /></SessionScope> : <Buttons selection={[]} narrow={compact} />}
          </Box>
          <Box sx={{ flex: 1, minHeight: 0, display: 'flex' }}>
            {!narrow && sessions.length > 0 && (
              <Box component="nav" aria-label="Objects" sx={{ display: 'flex', flex: 'none' }}>
                <Box sx={{ width, minWidth: 0, bgcolor: 'background.paper', borderRight: 1, borderColor: 'divider' }}>{objects}</Box>
                <Splitter label="Width of the tree" width={width} min={TREE_WIDTH.min} max={TREE_WIDTH.max} onWidth={setWidth} />
              </Box>
            )}
            <Box component="main" sx={{ flex: 1, minWidth: 0, minHeight: 0, display: 'flex', flexDirection: 'column' }}>
              {chosen && (
                <SessionScope key={chosen.session.id} session={chosen.session}>
                  <StaleBanner />
                  <Box sx={{ flex: 1, minHeight: 0 }}><DetailsPane key={chosen.id} target={chosen.target} section={chosen.section} /></Box>
                </SessionScope>
              )}
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

const chosenFirst = ([session]: readonly Session[]) => session && { id: session.id, target: { session, cls: 'session' as const, ref: session.id }, section: undefined, session };

const ContextMenu = ({ world, screen }: { world: World; screen: ScreenState }) => {
  const menu = useValue(screen.menu);
  if (!menu) return null;
  const { selection, at } = menu;
  return <ActionMenu label="Actions" at={at} groups={menuEntries(menuFor(world, selection), selection, screen)} onClose={() => { screen.menu.set(undefined); }} />;
};
