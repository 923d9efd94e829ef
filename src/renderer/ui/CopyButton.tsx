import Check from '@mui/icons-material/Check';
import ContentCopy from '@mui/icons-material/ContentCopy';
import Close from '@mui/icons-material/Close';
import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';
import { useState } from 'react';
import { copyText } from './clipboard';

const STATES = { idle: ['', ContentCopy], done: ['Copied', Check], failed: ['The system did not let us copy', Close] } as const;

/** Copies `text` and says that it did. */
export const CopyButton = ({ text, what }: { text: string; what: string }) => {
  const [state, setState] = useState<keyof typeof STATES>('idle');
  const [said, Picture] = STATES[state];
  const label = `Copy ${what}`;
  return (
    <Tooltip title={said || label} onClose={() => { setState('idle'); }}>
      <IconButton size="small" aria-label={label} sx={{ p: 0.25, ml: 0.5 }} onClick={() => { void copyText(text).then(ok => { setState(ok ? 'done' : 'failed'); }); }}>
        <Picture sx={{ fontSize: 16 }} />
      </IconButton>
    </Tooltip>
  );
};
