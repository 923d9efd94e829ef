import Box from '@mui/material/Box';
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';

interface Props { label: string; width: number; min: number; max: number; onWidth: (width: number) => void }
const KEY_STEP_PX = 16;

/** The bar between two panes, moved by pointer or arrow keys. */
export const Splitter = ({ label, width, min, max, onWidth }: Props) => {
  const grip = useRef<{ x: number; width: number } | undefined>(undefined);
  const set = (wanted: number): void => { onWidth(Math.round(Math.min(Math.max(wanted, min), max))); };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -KEY_STEP_PX, ArrowRight: KEY_STEP_PX, Home: min - width, End: max - width }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    set(width + step);
  };
  const onPointerDown = (event: PointerEvent): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    grip.current = { x: event.clientX, width };
  };
  return (
    // A separator that takes the focus is a widget (ARIA window splitter); the rule knows only the static kind.
     
    <Box role="separator" aria-orientation="vertical" aria-label={label} aria-valuenow={width} aria-valuemin={min} aria-valuemax={max}
      tabIndex={0}  
      onKeyDown={onKeyDown} onPointerDown={onPointerDown} onPointerUp={() => { grip.current = undefined; }}
      onPointerMove={event => { if (grip.current) set(grip.current.width + event.clientX - grip.current.x); }}
      sx={{ flex: 'none', width: 5, mx: '-2px', zIndex: 2, cursor: 'col-resize', touchAction: 'none', borderLeft: '2px solid transparent', '&:hover, &:focus-visible': { bgcolor: 'primary.main' }, outline: 'none' }} />
  );
};
