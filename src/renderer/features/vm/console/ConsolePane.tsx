import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { useSession } from '../../../api';
import { explain, lookIn } from '../../../parts/errors/explain';
import { silenceOf } from '../../../parts/errors/silence';
import { LeaveKeys } from './leave-keys';
import type { LinkState } from './use-console-link';

interface Props {
  label: string;
  link: LinkState;
  buttons?: ReactNode;
  /** Gives the keyboard back to the program. */
  onLeave: () => void
  children: ReactNode;
}

/** The frame of a console: who has the keyboard, the way out, and what is wrong when nothing comes. */
export const ConsolePane = ({ label, link, buttons, onLeave, children }: Props) => {
  const session = useSession();
  const keys = useRef(new LeaveKeys());
  const bar = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(false);
  const leave = (): void => { onLeave(); bar.current?.focus(); };
  const release = (event: KeyboardEvent): void => { if (keys.current.release(event.code)) leave(); };
  const trouble = link.at === 'closed' ? (link.failure ? explain(link.failure, lookIn(session)).title : silenceOf(link.reason).what) : undefined;
  return (
    <Box component="section" aria-label={label}
      sx={{ display: 'flex', flexDirection: 'column', minWidth: 0, minHeight: 0, height: '100%', border: 2, borderColor: focused ? 'primary.main' : 'divider', borderRadius: 1, overflow: 'hidden' }}>
      <Box ref={bar} tabIndex={-1} sx={{ display: 'flex', alignItems: 'center', gap: 1, px: 1, minHeight: 32, flex: 'none', bgcolor: 'background.paper', flexWrap: 'wrap' }}>
        <Typography variant="caption" noWrap sx={{ flex: 1, minWidth: '8em', color: 'text.secondary' }} role="status">
          {words(link, trouble, focused)}
        </Typography>
        {buttons}
      </Box>
      <Box onKeyDownCapture={event => { keys.current.press(event.code); }} onKeyUpCapture={release}
        onFocus={() => { keys.current.forget(); setFocused(true); }} onBlur={() => { setFocused(false); }}
        sx={{ flex: 1, minHeight: 0, minWidth: 0, bgcolor: '#000', position: 'relative', opacity: link.at === 'open' ? 1 : 0.5 }}>
        {children}
      </Box>
    </Box>
  );
};

const words = (link: LinkState, trouble: string | undefined, focused: boolean): string => {
  if (trouble !== undefined) return `${trouble}. Trying again…`;
  if (link.at === 'opening') return 'Opening…';
  return focused ? 'The keyboard goes to the guest. Ctrl+Alt gives it back.' : 'Click into the console to type.';
};
