import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { focusOnAppear } from '../../../ui/focus';
import { FormDialog } from '../../../ui/FormDialog';
import { listText } from '../../../ui/text';
import { combinationsOf, unreadable } from './own-combinations';

/** The combinations that a person wants in the menu besides the usual ones. */
export const CombinationsDialog = ({ kept, onKeep, onClose }: { kept: string; onKeep: (lines: string) => void; onClose: () => void }) => {
  const [text, setText] = useState(kept);
  const wrong = unreadable(text);
  return (
    <FormDialog title="Own key combinations" verb="Keep" blocked={wrong.length > 0} onCancel={onClose} onApply={() => { onKeep(combinationsOf(text).join('\n')); onClose(); }}>
      <TextField label="One a line" multiline inputRef={focusOnAppear} minRows={4} fullWidth value={text} onChange={event => { setText(event.target.value); }} error={wrong.length > 0} sx={{ mt: 1 }} placeholder={'Ctrl+Shift+Esc\nAlt+Print'}
        helperText={wrong.length > 0 ? `There is no key for ${listText(wrong.map(each => `“${each}”`))}.` : 'Ctrl, Alt, AltGr, Shift, Super, F1 to F12, letters, digits, Del, Ins, Home, End, PageUp, PageDown, Up, Down, Left, Right, Esc, Tab, Enter, Backspace, Space, Print, Pause, ScrollLock, NumLock, CapsLock, Menu. Kept on this computer.'} />
    </FormDialog>
  );
};
