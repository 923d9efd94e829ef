import FormControlLabel from '@mui/material/FormControlLabel';
import Checkbox from '@mui/material/Checkbox';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useEffect, useMemo, useRef, useState } from 'react';
import { type KeyMove, LAYOUTS, layoutOf, strokesOf } from '../../../../shared/rules/keyboard';
import { must } from '../../../../shared/lib/assert';
import { focusOnAppear } from '../../../ui/focus';
import { FormDialog } from '../../../ui/FormDialog';
import { useKept } from '../../../ui/kept';
import { durationText } from '../../../ui/text';
import { isSpeed, SPEEDS, strokeCount, typeText } from './type-text';

interface Props {
  send: (moves: readonly KeyMove[]) => void;
  /** The guest can be typed to now. */
  ready: boolean;
  /** To the guest's own clipboard. */
  onOffer?: (text: string) => void;
  onClose: () => void
}
const TEXT_MAX_CHARS = 100_000;

/** Types a text as a person would, for a guest that has no clipboard: an installer, a login, a rescue shell. */
export const PasteDialog = ({ send, ready, onOffer, onClose }: Props) => {
  const [layoutId, keepLayout] = useKept<string>('console.layout', 'us');
  const [kept, keepSpeed] = useKept<string>('console.speed', 'normal');
  const [windows, keepWindows] = useKept<boolean>('console.windows', false);
  const [text, setText] = useState('');
  const [done, setDone] = useState<number | undefined>(undefined);
  const stop = useRef<AbortController | undefined>(undefined);
  const layout = layoutOf(layoutId) ?? must(LAYOUTS[0], 'layout'), speed = isSpeed(kept) ? kept : 'normal';
  const typed = useMemo(() => strokesOf(text.slice(0, TEXT_MAX_CHARS), layout, { windows }), [text, layout, windows]);
  const strokes = strokeCount(typed), total = typed.characters.length, busy = done !== undefined;
  // A console that went away takes no keys: what would follow is lost.
  useEffect(() => { if (!ready) stop.current?.abort(); }, [ready]);
  useEffect(() => () => { stop.current?.abort(); }, []);

  const type = async (): Promise<void> => {
    const controller = new AbortController();
    stop.current = controller;
    setDone(0);
    const reached = await typeText(typed, speed, send, controller.signal, setDone);
    if (reached === total) { onClose(); return; }
    // What has not been typed yet stays, to go on with.
    setText(typed.characters.slice(reached).map(each => each.text).join(''));
    setDone(undefined);
  };
  return (
    <FormDialog title="Type text into the guest" verb="Type" busy={busy} blocked={!ready || total === 0} leave={busy ? 'Stop' : 'Close'} onApply={() => { void type(); }}
      onCancel={() => { if (busy) stop.current?.abort(); else onClose(); }}
      before={onOffer && <Button disabled={busy || !ready || text === ''} onClick={() => { onOffer(text); onClose(); }}>Put on the guest’s clipboard</Button>}>
      <TextField label="Text" multiline inputRef={focusOnAppear} minRows={4} maxRows={12} fullWidth disabled={busy} value={text} onChange={event => { setText(event.target.value.slice(0, TEXT_MAX_CHARS)); }} sx={{ mt: 1 }} slotProps={{ htmlInput: { style: { fontFamily: 'monospace' }, spellCheck: false } }} />
      <Box sx={{ display: 'flex', gap: 2, mt: 2, flexWrap: 'wrap', alignItems: 'center' }}>
        <TextField select label="Keyboard of the guest" value={layout.id} disabled={busy} onChange={event => { keepLayout(event.target.value); }} sx={{ flex: 2, minWidth: '14em' }}>
          {LAYOUTS.map(({ id, label }) => <MenuItem key={id} value={id}>{label}</MenuItem>)}
        </TextField>
        <TextField select label="Speed" value={speed} disabled={busy} onChange={event => { keepSpeed(event.target.value); }} sx={{ flex: 1, minWidth: '8em' }}>
          {Object.entries(SPEEDS).map(([id, { label, perSecond }]) => <MenuItem key={id} value={id}>{`${label} (${perSecond} keys/s)`}</MenuItem>)}
        </TextField>
        {layout.deadOnWindows !== undefined && <FormControlLabel label="The guest is Windows" control={<Checkbox checked={windows} disabled={busy} onChange={event => { keepWindows(event.target.checked); }} />} />}
      </Box>
      <Box role="status" sx={{ mt: 2, minHeight: '4.5em' }}>
        {busy ? <><LinearProgress variant="determinate" value={100 * done / Math.max(1, total)} aria-label="Typed so far" /><Typography variant="body2" sx={{ mt: 1 }}>{done} of {total} characters typed</Typography></>
          : text !== '' && <Preview total={total} strokes={strokes} seconds={strokes / SPEEDS[speed].perSecond} impossible={typed.impossible} />}
        {!ready && <Typography variant="body2" color="error">The console takes no keys now.</Typography>}
      </Box>
    </FormDialog>
  );
};

const Preview = ({ total, strokes, seconds, impossible }: { total: number; strokes: number; seconds: number; impossible: readonly string[] }) => (
  <>
    <Typography variant="body2">{total} characters, {strokes} key presses, about {durationText(Math.ceil(seconds) * 1000)}.</Typography>
    {impossible.length > 0 && <Typography variant="body2" color="error" sx={{ overflowWrap: 'anywhere' }}>This keyboard has no keys for {impossible.map(named).join(', ')}. They are left out.</Typography>}
  </>
);
const named = (character: string): string => `${/^[\p{Cc}\p{Cf}\p{Zs}]$/u.test(character) ? '' : `“${character}” `}(U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')})`;
