import { useCallback, useState } from 'react';

/** A state that is still there after a restart of the program. What cannot be read back is as if never kept. */
export const useKept = <T extends number | string | boolean>(key: string, initial: T): [T, (value: T) => void] => {
  const [value, setValue] = useState<T>(() => {
    const text = localStorage.getItem(key);
    if (text === null) return initial;
    try {
      const kept: unknown = JSON.parse(text);
      return typeof kept === typeof initial ? kept as T : initial;
    } catch { return initial; }
  });
  const keep = useCallback((next: T) => { setValue(next); localStorage.setItem(key, JSON.stringify(next)); }, [key]);
  return [value, keep];
};
