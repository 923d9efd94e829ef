import { useCallback, useState } from 'react';

const FIRST_PX = 600;

/** How wide an element is now: give `ref` to it. */
export const useWidth = (): { ref: (element: HTMLElement | null) => (() => void) | undefined; width: number } => {
  const [width, setWidth] = useState(FIRST_PX);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return undefined;
    const look = (): void => { if (element.clientWidth > 0) setWidth(element.clientWidth); };
    const observer = new ResizeObserver(look);
    observer.observe(element);
    look();
    return () => { observer.disconnect(); };
  }, []);
  return { ref, width };
};
