import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { MetricsClass, Session } from '../../api';
import { WorkDialog } from '../actions/WorkDialog';
import { hasPlugin } from '../host/plugin';
import { setOtherConfig } from './other-config';
import { INHIBIT_S, keptLevel, type Limit, PERIOD_S, PRIORITY, readLimits, shownLevel, type Variable, VARIABLES, writeLimits } from './perfmon';

interface Props { session: Session; cls: MetricsClass; of: string; name: string; close: () => void }
interface Draft { on: boolean; level: string; /** Empty: the level itself. */ well: string; minutes: string; again: string; priority: string; kept: Limit | undefined }
const KEY = 'perfmon';
const LEVEL_MAX = 1e12;
const MINUTES_MAX = 60 * 24 * 31;
const PRIORITIES: Readonly<Record<string, string>> = { 1: '1, data may be lost', 2: '2, a service is lost', 3: '3, something works less well', 4: '4, for knowledge', 5: '5, information' };

const draftOf = (variable: Variable, limit: Limit | undefined): Draft => ({
  on: limit !== undefined, level: String(limit ? shownLevel(limit.level, variable) : variable.first), well: limit?.clear === undefined ? '' : String(shownLevel(limit.clear, variable)), minutes: String((limit?.periodS ?? PERIOD_S) / 60), again: String((limit?.inhibitS ?? INHIBIT_S) / 60), priority: String(limit?.priority ?? PRIORITY), kept: limit,
});
const numberIn = (text: string, max: number): number | undefined => { const value = Number(text.replace(',', '.')); return text.trim() !== '' && Number.isFinite(value) && value >= 0 && value <= max ? value : undefined; };
const senseOf = ({ kept }: Draft, { sense }: Variable): Limit['sense'] => kept?.sense ?? sense;
const problemsOf = (draft: Draft, variable: Variable): { level: boolean; well: boolean; minutes: boolean; again: boolean } => {
  const { on, level, well, minutes, again } = draft, { max = LEVEL_MAX } = variable;
  const [limit, back] = [numberIn(level, max), numberIn(well, max)];
  const isBeyond = limit !== undefined && back !== undefined && (senseOf(draft, variable) === 'low' ? back < limit : back > limit);
  return { level: on && limit === undefined, well: on && well.trim() !== '' && (back === undefined || isBeyond), minutes: on && numberIn(minutes, MINUTES_MAX) === undefined, again: on && numberIn(again, MINUTES_MAX) === undefined };
};

/** When the host is to raise an alarm about one object. It watches; the console only sets. */
export const LimitsDialog = ({ session, cls, of: ref, name, close }: Props) => {
  const xml = session.records.get(cls, ref)?.other_config[KEY] ?? '';
  const known = readLimits(xml);
  const variables = VARIABLES[cls];
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => variables.map(variable => draftOf(variable, known?.find(limit => limit.name === variable.name))));
  const others = (known ?? []).filter(limit => !variables.some(variable => variable.name === limit.name));
  // Another host would not heed it.
  const hasWell = hasPlugin(session) || drafts.some(draft => draft.well !== '');
  const wrong = drafts.some((draft, i) => { const variable = variables[i]; return variable !== undefined && Object.values(problemsOf(draft, variable)).some(Boolean); });
  const change = (i: number, part: Partial<Draft>): void => { setDrafts(drafts.map((draft, at) => (at === i ? { ...draft, ...part } : draft))); };
  const apply = async (): Promise<void> => {
    const limits = variables.flatMap((variable, i): Limit[] => {
      const draft = drafts[i];
      if (!draft?.on) return [];
      // What nobody touched is written back as it was, however it was rounded for the eye.
      const written = (text: string, before: number | undefined): number | undefined => {
        const shown = numberIn(text, variable.max ?? LEVEL_MAX);
        if (shown === undefined) return undefined;
        return before !== undefined && shownLevel(before, variable) === shown ? before : keptLevel(shown, variable);
      };
      return [{ name: variable.name, level: written(draft.level, draft.kept?.level) ?? 0, clear: written(draft.well, draft.kept?.clear), sense: senseOf(draft, variable), periodS: Math.round((numberIn(draft.minutes, MINUTES_MAX) ?? 1) * 60), inhibitS: Math.round((numberIn(draft.again, MINUTES_MAX) ?? 60) * 60), priority: Number(draft.priority), others: draft.kept?.others ?? [] }];
    });
    await setOtherConfig(session, cls, ref, KEY, writeLimits([...limits, ...others]));
  };
  return (
    <WorkDialog title={`Alert limits of “${name}”`} verb="Save" failed={`Could not set the alert limits of “${name}”`} session={session} width="md" blocked={wrong} apply={apply} close={close}>
      {known === undefined && <Typography variant="body2" sx={{ color: 'warning.main' }}>What is set now cannot be read. Saving replaces it.</Typography>}
      {variables.map((variable, i) => { const draft = drafts[i]; return draft && <LimitRow key={variable.name} variable={variable} draft={draft} hasWell={hasWell} onChange={part => { change(i, part); }} />; })}
      {others.length > 0 && <Typography variant="body2" sx={{ color: 'text.secondary' }}>Also watched, set elsewhere, and left as it is: {others.map(limit => limit.name).join(', ')}.</Typography>}
      <Typography variant="body2" sx={{ color: 'text.secondary' }}>The host looks every few seconds and judges averages over a minute. It tells of an alarm once, then again after the minutes given last, and when all is well{hasWell ? ': on the good side of “Well again” for as long as it takes to raise the alarm. Empty, that is the limit itself' : ''}.</Typography>
    </WorkDialog>
  );
};

const LimitRow = ({ variable, draft, hasWell, onChange }: { variable: Variable; draft: Draft; hasWell: boolean; onChange: (part: Partial<Draft>) => void }) => {
  const { title, unit } = variable, isLow = senseOf(draft, variable) === 'low';
  const problems = problemsOf(draft, variable);
  const field = (label: string, value: string, wrong: boolean, set: (text: string) => void) => (
    <TextField label={label} value={value} error={wrong} disabled={!draft.on} onChange={event => { set(event.target.value); }} slotProps={{ inputLabel: { shrink: true }, htmlInput: { inputMode: 'decimal', 'aria-label': `${title}: ${label}` } }} />
  );
  return (
    <Box role="group" aria-label={title} sx={{ display: 'grid', gap: 1, gridTemplateColumns: { xs: '1fr', sm: hasWell ? 'minmax(10em, 1.4fr) 1fr 1.3fr repeat(3, 0.9fr)' : 'minmax(11em, 1.4fr) 1fr 1fr 1fr 1.3fr' }, alignItems: 'center' }}>
      <FormControlLabel control={<Switch size="small" checked={draft.on} onChange={(_event, on) => { onChange({ on }); }} />} label={title} />
      {field(`${isLow ? 'Below' : 'Above'}, ${unit}`, draft.level, problems.level, level => { onChange({ level }); })}
      {hasWell && field(`Well again ${isLow ? 'above' : 'below'}, ${unit}`, draft.well, problems.well, well => { onChange({ well }); })}
      {field('For, minutes', draft.minutes, problems.minutes, minutes => { onChange({ minutes }); })}
      {field('Again, minutes', draft.again, problems.again, again => { onChange({ again }); })}
      <TextField select label="Priority" value={draft.priority} disabled={!draft.on} onChange={event => { onChange({ priority: event.target.value }); }} slotProps={{ select: { renderValue: value => String(value), SelectDisplayProps: { 'aria-label': `${title}: Priority` } } }}>
        {Object.entries(PRIORITIES).map(([value, text]) => <MenuItem key={value} value={value} dense>{text}</MenuItem>)}
      </TextField>
    </Box>
  );
};
