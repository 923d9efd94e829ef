/* Where the window opens: where it stood, if that is still on a display; else in the middle of the first one. */
import type { WindowPlace } from '../settings';

export interface Area { x: number; y: number; width: number; height: number }
export const DEFAULT_SIZE = { width: 1_280, height: 800 };
export const MIN_SIZE = { width: 720, height: 480 };
/** So much of the window must be on a display, so that it can be taken hold of. */
const GRIP = { width: 200, height: 60 };

/** `displays`: the work areas, the first display first. Without x and y Electron puts the window in the middle. */
export const placeFor = (kept: WindowPlace | undefined, displays: readonly Area[]): { x?: number; y?: number; width: number; height: number; maximised: boolean } => {
  const first = displays[0] ?? { x: 0, y: 0, ...DEFAULT_SIZE };
  const fitted = (width: number, height: number, on: Area): { width: number; height: number } =>
    ({ width: Math.max(MIN_SIZE.width, Math.min(width, on.width)), height: Math.max(MIN_SIZE.height, Math.min(height, on.height)) });
  if (!kept) return { ...fitted(DEFAULT_SIZE.width, DEFAULT_SIZE.height, first), maximised: false };
  const on = displays.find(display => shared(kept, display));
  if (!on) return { ...fitted(kept.width, kept.height, first), maximised: kept.maximised };
  return { x: kept.x, y: Math.max(kept.y, on.y), ...fitted(kept.width, kept.height, on), maximised: kept.maximised };
};

/** Whether the upper edge of the window, by which it is moved, is on this display. */
const shared = (window: Area, display: Area): boolean => {
  const width = Math.min(window.x + window.width, display.x + display.width) - Math.max(window.x, display.x);
  const gripInside = window.y < display.y + display.height - GRIP.height && window.y + GRIP.height > display.y;
  return width >= Math.min(GRIP.width, window.width) && gripInside;
};
