import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { focusOnAppear } from '../../../ui/focus';
import { FormDialog } from '../../../ui/FormDialog';
import { familyOf, FONT, type TextSettings } from './text-settings';

/** The font of the text consoles of this computer. */
export const FontDialog = ({ settings, onClose }: { settings: TextSettings; onClose: () => void }) => {
  const [family, setFamily] = useState(settings.family);
  const [size, setSize] = useState(String(settings.fontPx));
  const px = Number(size), wrong = !Number.isInteger(px) || px < FONT.minPx || px > FONT.maxPx;
  return (
    <FormDialog title="Font of text consoles" verb="Keep" width="xs" blocked={wrong} onCancel={onClose} onApply={() => { settings.keepFamily(family); settings.keepSize(px); onClose(); }}>
      <Box sx={{ display: 'flex', flexDirection: 'column', gap: 2, mt: 1 }}>
        <TextField label="Font" inputRef={focusOnAppear} value={family} onChange={event => { setFamily(event.target.value); }} placeholder="That of the system" helperText="A font of fixed width that this computer has. Empty: that of the system." />
        <TextField label="Size" type="number" value={size} onChange={event => { setSize(event.target.value); }} error={wrong} helperText={`From ${FONT.minPx} to ${FONT.maxPx}. Letters get smaller by themselves before a line of 80 is cut off.`} />
        <Box aria-hidden sx={{ p: 1, bgcolor: '#000', color: '#fff', borderRadius: 1, overflow: 'hidden', whiteSpace: 'pre', fontFamily: familyOf(family), fontSize: wrong ? FONT.px : px }}>root@web:~# df -h 0O1lI</Box>
      </Box>
    </FormDialog>
  );
};
