import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Typography from '@mui/material/Typography';
import type { Action } from '../../parts/actions/action';
import { useScreen } from '../../parts/actions/stage';

/** Keys that no action has: of the tree and of lists. */
const FIXED: readonly (readonly [string, string])[] = [
  ['↑ ↓ Home End', 'Go through the tree'], ['→ ←', 'Open, close, go to what is above'], ['Letters', 'Go to the next name that begins so'], ['Shift+↑ ↓, Ctrl+Space', 'Choose several'], ['Ctrl+A', 'Choose all beside it, or all of a list'],
  ['Menu, Shift+F10', 'What can be done to it'], ['Enter', 'Go to the details'], ['Escape', 'Close a dialog, or clear what is looked for'],
];

/** All keys, to read. */
export const ShortcutsDialog = ({ actions, close }: { actions: readonly Action[]; close: () => void }) => {
  const { shortcutOf } = useScreen();
  return (
    <Dialog open fullWidth maxWidth="xs" onClose={close} aria-labelledby="shortcuts-title">
      <DialogTitle id="shortcuts-title">Keyboard shortcuts</DialogTitle>
      <DialogContent>
        <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'auto 1fr', columnGap: 2, rowGap: 0.5, m: 0 }}>
          {[...actions.flatMap(action => { const keys = shortcutOf(action); return keys === undefined ? [] : [[keys, action.label.replace(/…$/, '')] as const]; }), ...FIXED].map(([keys, words]) => (
            <Box key={words} sx={{ display: 'contents' }}>
              <Typography component="dt" variant="body2" sx={{ fontWeight: 600, whiteSpace: 'nowrap' }}>{keys}</Typography>
              <Typography component="dd" variant="body2" sx={{ m: 0 }}>{words}</Typography>
            </Box>
          ))}
        </Box>
      </DialogContent>
      <DialogActions><Button onClick={close}>Close</Button></DialogActions>
    </Dialog>
  );
};
