import type { ReactNode } from 'react';
import type { About, Failure, Session } from '../../api';
import type { Icon } from '../../ui/icon';

/* One action, one object: toolbar, context menu, shortcut and dialogs share it. */

/** What can be chosen in the tree. A session is the connection itself: its root in the tree. */
export interface Target { session: Session; cls: 'session' | 'host' | 'VM' | 'SR' | 'network'; ref: string }
export type Selection = readonly Target[];

/** What an action may do with the screen. */
export interface Stage {
  select: (target: Target, tab?: string) => void
  /** Shows a dialog until it calls `close`. */
  show(dialog: (close: () => void) => ReactNode): void;
  succeeded: (words: string, about?: Target) => void
  failed: (what: string, failure: Failure, session?: Session) => void
  /** The whole story of a failure, in a dialog. */
  explain: (what: string, failure: Failure, session?: Session) => void
}

export interface Action {
  id: string;
  label: string;
  icon?: Icon;
  /** `Ctrl+B`, `Delete`. */
  shortcut?: string;
  danger?: boolean;
  /** Why it cannot be done with this selection now, in words; undefined when it can. */
  whyNot: (selection: Selection) => string | undefined
  run: (selection: Selection, stage: Stage) => Promise<void> | void
}

/** Runs an action as toolbar, menu and keyboard do: never when there is a reason not to; a mistake is shown, not lost. */
export const perform = (action: Action, selection: Selection, stage: Stage, onDefect: (error: unknown) => Failure): void => {
  if (action.whyNot(selection) !== undefined) return;
  try {
    void Promise.resolve(action.run(selection, stage)).catch((error: unknown) => { stage.failed(action.label, onDefect(error), selection[0]?.session); });
  } catch (error) { stage.failed(action.label, onDefect(error), selection[0]?.session); }
};

/** `Could not start “Tiny Linux 1”`. */
export const couldNot = ({ verb, subject }: About): string => `Could not ${verb} “${subject}”`;
