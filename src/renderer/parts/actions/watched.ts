import { useMemo, useSyncExternalStore } from 'react';
import type { Selection } from './action';

/** Renders again when a record of what is chosen changes, or where its connection stands. `selection` is memoised. */
export const useSelection = (selection: Selection): void => {
  const watched = useMemo(() => {
    let changes = 0;
    return {
      get: () => changes,
      watch: (listener: () => void) => {
        const changed = (): void => { changes++; listener(); };
        const stops = [...selection.map(({ session, ref }) => session.records.watch(ref, changed)), ...[...new Set(selection.map(({ session }) => session))].map(session => session.view.watch(changed))];
        return () => { for (const stop of stops) stop(); };
      },
    };
  }, [selection]);
  useSyncExternalStore(watched.watch, watched.get);
};
