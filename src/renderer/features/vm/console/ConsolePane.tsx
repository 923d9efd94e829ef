import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { type FocusEvent, type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { useSession } from '../../../api';
import { explain, lookIn } from '../../../parts/errors/explain';
import { silenceOf } from '../../../parts/errors/silence';
import { LeaveKeys } from './leave-keys';
import type { LinkState } from './use-console-link';

interface Props {
  label: string;
  link: LinkState;
  buttons?: ReactNode;
  /** Another row under the bar. */
  below?: ReactNode;
  /** Over the whole window; the bar hides until the pointer or the focus comes to it. */
  full?: boolean;
  /** In place of "click to type". */
  note?: string | undefined;
  /** Gives the keyboard back to the program. */
  onLeave: () => void
  /** The keyboard goes elsewhere, whoever took it. */
  onUnfocus?: () => void
  children: ReactNode;
}

/** The frame of a console: who has the keyboard, the way out, and what is wrong when nothing comes. */
export const ConsolePane = ({ label, link, buttons, below, full = false, note, onLeave, onUnfocus, children }: Props) => {
  const session = useSession();
  const keys = useRef(new LeaveKeys());
  const bar = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(false);
  const leave = (): void => { onLeave(); bar.current?.focus(); };
  const release = (event: KeyboardEvent): void => { if (keys.current.release(event.code)) leave(); };
  const unfocus = (event: FocusEvent): void => {
    setFocused(false);
    if (!event.currentTarget.contains(event.relatedTarget)) onUnfocus?.();
  };
  const trouble = link.at === 'closed' ? (link.failure ? explain(link.failure, lookIn(session)).title : silenceOf(link.reason).what) : undefined;
  return (
    <Box component="section" aria-label={label}
      sx={{ display: 'flex', flexDirection: 'column', minWidth: 0, minHeight: 0, height: '100%', border: full ? 0 : 2, borderColor: focused ? 'primary.main' : 'divider', borderRadius: full ? 0 : 1, overflow: 'hidden',
        ...(full && { position: 'fixed', inset: 0, zIndex: 'appBar', bgcolor: '#000' }) }}>
      <Box sx={{ flex: 'none', bgcolor: 'background.paper', ...(full && HIDING) }}>
        <Box ref={bar} tabIndex={-1} sx={{ display: 'flex', alignItems: 'center', gap: 0.5, px: 1, minHeight: 32, flexWrap: 'wrap' }}>
          <Typography variant="caption" noWrap sx={{ flex: 1, minWidth: '8em', color: 'text.secondary' }} role="status">
            {words(link, trouble, note, focused)}
          </Typography>
          {buttons}
        </Box>
        {below}
      </Box>
      <Box onKeyDownCapture={event => { keys.current.press(event.code); }} onKeyUpCapture={release}
        onFocus={() => { keys.current.forget(); setFocused(true); }} onBlur={unfocus}
        sx={{ flex: 1, minHeight: 0, minWidth: 0, bgcolor: '#000', position: 'relative', opacity: link.at === 'open' ? 1 : 0.5 }}>
        {children}
      </Box>
    </Box>
  );
};

/** A strip stays in reach at the upper edge. */
const HIDING = { 'position': 'absolute', 'top': 0, 'left': 0, 'right': 0, 'zIndex': 1, 'opacity': 0, 'transition': 'opacity 150ms', '&:hover, &:focus-within': { opacity: 1 } } as const;

const words = (link: LinkState, trouble: string | undefined, note: string | undefined, focused: boolean): string => {
  if (trouble !== undefined) return `${trouble}. Trying again…`;
  if (link.at === 'opening') return 'Opening…';
  if (note !== undefined) return note;
  return focused ? 'The keyboard goes to the guest. Ctrl+Alt gives it back.' : 'Click into the console to type.';
};
