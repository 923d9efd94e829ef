import { createContext, use } from 'react';
import { must } from '../../../shared/lib/assert';
import type { Action, Selection, Stage } from './action';

/** The stage, and what the shell offers to every screen. */
export interface Screen extends Stage {
  perform: (action: Action, selection: Selection) => void
  /** A browser keeps the keys with Ctrl for itself: Ctrl+R there loads the page again. */
  shortcutOf: (action: Action) => string | undefined
  /** Shows all that a query finds (parts/search), under this title. */
  find: (title: string, query: string) => void
  openMenu: (selection: Selection, at: { x: number; y: number }) => void
}
export const ScreenContext = createContext<Screen | undefined>(undefined);
export const useScreen = (): Screen => must(use(ScreenContext), 'ScreenContext');
