import Edit from '@mui/icons-material/Edit';
import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import TextField from '@mui/material/TextField';
import Tooltip from '@mui/material/Tooltip';
import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import { focusOnAppear } from './focus';
import { inSentence } from './text';

interface Props {
  value: string;
  label: string;
  /** Undefined: it can be edited. */
  why: string | undefined;
  maxChars: number;
  required?: boolean;
  /** What stands there while it is not edited, when that is more than the text. */
  shown?: ReactNode;
  /** What is expected, under the field. */
  hint?: string;
  /** What is wrong with a text, in words; undefined: nothing. */
  check?: (text: string) => string | undefined
  /** Answers what went wrong in words, or undefined. */
  onSave: (value: string) => Promise<string | undefined>
}

/** A text that is edited where it stands: Enter keeps, Escape leaves it as it was. */
export const EditableText = ({ value, label, why, maxChars, required = false, shown, hint, check, onSave }: Props) => {
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [saving, setSaving] = useState(false);
  const ending = useRef(false);

  const leave = (): void => { setDraft(undefined); setProblem(undefined); };
  const save = async (): Promise<void> => {
    if (draft === undefined || ending.current) return;
    const text = draft.trim();
    if (text === value) { leave(); return; }
    if (required && text === '') { setProblem(`${label} cannot be empty`); return; }
    const unfit = check?.(text);
    if (unfit !== undefined) { setProblem(unfit); return; }
    ending.current = true;
    setSaving(true);
    const wrong = await onSave(text);
    ending.current = false;
    setSaving(false);
    if (wrong === undefined) leave(); else setProblem(wrong);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') { event.preventDefault(); void save(); }
    if (event.key === 'Escape') { event.stopPropagation(); leave(); }
  };

  if (draft !== undefined) {
    return (
      <TextField fullWidth inputRef={focusOnAppear} variant="standard" value={draft} error={problem !== undefined} helperText={problem ?? hint} disabled={saving}
        onChange={event => { setDraft(event.target.value); setProblem(undefined); }} onBlur={() => { void save(); }} onKeyDown={onKeyDown}
        slotProps={{ htmlInput: { 'aria-label': label, maxLength: maxChars } }} />
    );
  }
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', maxWidth: '100%' }}>
      <Box component="span" sx={{ overflowWrap: 'anywhere', color: value === '' ? 'text.secondary' : undefined }}>{shown ?? (value === '' ? 'none' : value)}</Box>
      <Tooltip title={why ?? `Edit ${inSentence(label)}`} describeChild>
        <span>
          <IconButton size="small" aria-label={`Edit ${inSentence(label)}`} disabled={why !== undefined} sx={{ p: 0.25, ml: 0.5 }} onClick={() => { setDraft(value); }}>
            <Edit sx={{ fontSize: 16 }} />
          </IconButton>
        </span>
      </Tooltip>
    </Box>
  );
};
