import { useCallback, useEffect, useState } from 'react';

/** Whether this console has the whole screen. The page goes there as a whole, so that menus and dialogs are seen; Escape belongs to the guest where the system lets us have it. */
export const useFullScreen = (): [boolean, () => void] => {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const changed = (): void => { if (!document.fullscreenElement) setFull(false); };
    document.addEventListener('fullscreenchange', changed);
    return () => { document.removeEventListener('fullscreenchange', changed); };
  }, []);
  useEffect(() => {
    if (!full) return;
    const { keyboard } = navigator as Navigator & { keyboard?: { lock(): Promise<void>; unlock(): void } };
    void keyboard?.lock().catch(() => undefined);
    return () => { keyboard?.unlock(); if (document.fullscreenElement) void document.exitFullscreen(); };
  }, [full]);
  const toggle = useCallback(() => {
    if (document.fullscreenElement) setFull(false);
    else document.documentElement.requestFullscreen().then(() => { setFull(true); }, () => undefined);
  }, []);
  return [full, toggle];
};
