import Box from '@mui/material/Box';
import Divider from '@mui/material/Divider';
import { Fragment } from 'react';
import { useWorld } from '../../api';
import { useSelection } from '../../parts/actions/watched';
import type { Selection } from '../../parts/actions/action';
import { menuEntries } from '../../parts/actions/entries';
import { useScreen } from '../../parts/actions/stage';
import { MenuButton } from '../../ui/MenuButton';
import { WhyButton } from '../../ui/WhyButton';
import { menuFor, toolbarFor } from '../actions-for';

/** What can be done to what is chosen. Watches its records and their connections: the reasons are always those of now. */
export const Toolbar = ({ selection, narrow }: { selection: Selection; narrow: boolean }) => {
  useSelection(selection);
  return <Buttons selection={selection} narrow={narrow} />;
};

/** For nothing chosen: the same buttons, each with its reason. */
export const Buttons = ({ selection, narrow }: { selection: Selection; narrow: boolean }) => {
  const screen = useScreen();
  const world = useWorld();
  return (
    <Box role="toolbar" aria-label="Actions"
      sx={{ display: 'flex', alignItems: 'center', gap: 0.5, px: 1, minHeight: 40, flex: 'none', overflowX: 'auto', bgcolor: 'background.paper', borderBottom: 1, borderColor: 'divider' }}>
      {toolbarFor(selection).map((group, index) => (
        <Fragment key={group[0]?.id}>
          {index > 0 && <Divider orientation="vertical" flexItem sx={{ my: 1, mx: 0.5 }} />}
          {group.map(action => (
            <WhyButton key={action.id} label={action.label} {...(action.icon && { icon: action.icon })} danger={action.danger === true} iconOnly={narrow}
              why={action.whyNot(selection)}
              hint={[narrow && action.label, screen.shortcutOf(action)].filter(Boolean).join(' ')} onClick={() => { screen.perform(action, selection); }} />
          ))}
        </Fragment>
      ))}
      {selection[0] && selection[0].cls !== 'session' && <MenuButton label="More actions" groups={() => menuEntries(menuFor(world, selection), selection, screen)} />}
    </Box>
  );
};
