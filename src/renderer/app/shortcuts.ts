import { useEffect, useRef } from 'react';
import type { Action } from '../parts/actions/action';

/** `Ctrl+B` as an event; Meta stands for Ctrl where that is the custom. */
export const matches = (shortcut: string, event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): boolean => {
  const keys = shortcut.split('+');
  const wantsCtrl = keys.includes('Ctrl');
  return keys.at(-1)?.toLowerCase() === event.key.toLowerCase() && wantsCtrl === (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
};

/** Keys of a text field, a dialog, a menu or a console are theirs. */
const isTaken = (element: EventTarget | null): boolean =>
  element instanceof Element && element.closest('input, textarea, select, [contenteditable], [role=dialog], [role=menu], canvas, .xterm') !== null;

export const useShortcuts = (actions: readonly Action[], run: (action: Action) => void): void => {
  const latest = useRef(run);
  useEffect(() => { latest.current = run; });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.repeat || isTaken(event.target)) return;
      const action = actions.find(({ shortcut }) => shortcut !== undefined && matches(shortcut, event));
      if (!action) return;
      event.preventDefault();
      latest.current(action);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => { window.removeEventListener('keydown', onKeyDown); };
  }, [actions]);
};
