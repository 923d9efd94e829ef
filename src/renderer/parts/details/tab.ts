import { createContext } from 'react';

/** The tab that is wanted, whatever object is shown. */
export interface WantedTab { wanted: string; choose: (tab: string) => void }
export const TabContext = createContext<WantedTab | undefined>(undefined);
