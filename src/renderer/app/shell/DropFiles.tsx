import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import type { Session } from '../../api';
import { whyNotMay } from '../../parts/session/may';
import { useScreen } from '../../parts/actions/stage';
import { showImport } from '../../parts/transfer/ImportDialog';
import { useDrop } from '../../parts/transfer/use-drop';

/** Files dropped anywhere on the window are imported to the host that is shown. A page that takes some itself (an ISO library) has them first. Import… does the same for the keyboard. */
export const DropFiles = ({ session, children }: { session: Session | undefined; children: ReactNode }) => {
  const screen = useScreen(), why = session ? whyNotMay(session, 'http/put_import') : 'Connect to a host first.';
  const { over, handlers } = useDrop(why, files => { if (session) showImport(screen, session, files); });
  return (
    <Box {...handlers}
      sx={{ height: '100%', position: 'relative', ...(over && { '&::after': { content: '""', position: 'absolute', inset: 0, pointerEvents: 'none', zIndex: 'modal', outline: '3px dashed', outlineColor: why === undefined ? 'primary.main' : 'error.main', outlineOffset: -6 } }) }}>
      {over && <Typography role="status" sx={{ position: 'absolute', bottom: 48, left: '50%', transform: 'translateX(-50%)', zIndex: 'tooltip', pointerEvents: 'none', px: 2, py: 1, borderRadius: 1, bgcolor: 'background.paper', color: why === undefined ? 'text.primary' : 'error.main', boxShadow: 4 }}>{why ?? `Let go to import to ${session?.view.get().address ?? ''}.`}</Typography>}
      {children}
    </Box>
  );
};
