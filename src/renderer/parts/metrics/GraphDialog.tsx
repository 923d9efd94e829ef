import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import FormGroup from '@mui/material/FormGroup';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { type MetricsClass, type SavedGraph, type Session, SessionScope, useList, useRecords, useTick, type World } from '../../api';
import { FormDialog } from '../../ui/FormDialog';
import { HOSTS, SRS, VMS } from '../lists';
import type { Subject } from './subject';
import { sourceWords } from './source-words';

interface Props { session: Session; preferred: World['preferred']; subject: Subject; /** The data sources of the subject. */ names: readonly string[]; /** The one to change. */ graph?: SavedGraph; close: () => void }
type Line = SavedGraph['lines'][number];
const LINES_MAX = 8;
const TITLE_MAX_CHARS = 100;
const CLASS_WORDS: Readonly<Record<MetricsClass, string>> = { VM: 'VM', host: 'Host', SR: 'Storage' };

/** A graph of one's own: any data sources of any objects that are measured now, as long as they have one unit. */
export const GraphDialog = (props: Props) => <SessionScope session={props.session}><Dialog {...props} /></SessionScope>;

const Dialog = ({ session, preferred, subject, names, graph, close }: Props) => {
  const [title, setTitle] = useState(graph?.title ?? '');
  const [lines, setLines] = useState<readonly Line[]>(graph?.lines ?? []);
  const [shown, setShown] = useState(`${subject.cls} ${subject.uuid}`);
  useTick();
  const objects = [
    ...useRecords('VM', useList(VMS)).map(({ record }) => ({ cls: 'VM' as const, record })), ...useRecords('host', useList(HOSTS)).map(({ record }) => ({ cls: 'host' as const, record })),
    ...useRecords('SR', useList(SRS)).map(({ record }) => ({ cls: 'SR' as const, record })),
  ].filter(({ record }) => record.uuid === subject.uuid || session.feed.figures(record.uuid));
  const [cls, uuid] = shown.split(' ') as [MetricsClass, string];
  const known = [...(session.feed.figures(uuid)?.sources.keys() ?? [])];
  const sources = (known.length > 0 ? known : uuid === subject.uuid ? [...names] : []).sort(new Intl.Collator('en', { numeric: true }).compare);
  const [first] = lines;
  const unit = first && sourceWords(first.source).unit;
  const isOn = (source: string): boolean => lines.some(line => line.uuid === uuid && line.source === source);
  const save = (): void => {
    const made: SavedGraph = { id: graph?.id ?? crypto.randomUUID(), title: title.trim(), on: subject.uuid, lines };
    const { graphs } = preferred.value.get();
    preferred.set({ graphs: graph ? graphs.map(other => (other.id === graph.id ? made : other)) : [...graphs, made] });
    close();
  };
  return (
    <FormDialog title={graph ? `Edit “${graph.title}”` : 'New graph'} verb="Save" blocked={title.trim() === '' || lines.length === 0} onCancel={close} onApply={save}>
      <Stack spacing={2} sx={{ pt: 1 }}>
        <TextField label="Title" required value={title} onChange={event => { setTitle(event.target.value); }} slotProps={{ htmlInput: { maxLength: TITLE_MAX_CHARS } }} autoComplete="off" />
        <TextField select label="Figures of" value={shown} onChange={event => { setShown(event.target.value); }}>
          {objects.map(({ cls: its, record }) => <MenuItem key={record.uuid} value={`${its} ${record.uuid}`} dense>{CLASS_WORDS[its]}: {record.name_label || 'unnamed'}</MenuItem>)}
        </TextField>
        <FormGroup aria-label="Data sources" sx={{ maxHeight: '40vh', overflow: 'auto', flexWrap: 'nowrap' }}>
          {sources.length === 0 && <Typography variant="body2" sx={{ color: 'text.secondary' }}>It is not measured now.</Typography>}
          {sources.map(source => (
            <FormControlLabel key={source} disabled={!isOn(source) && (lines.length >= LINES_MAX || (unit !== undefined && sourceWords(source).unit !== unit))}
              label={<>{sourceWords(source).text} <Typography component="code" variant="caption" sx={{ color: 'text.secondary' }}>{source}</Typography></>}
              control={<Checkbox size="small" checked={isOn(source)} onChange={(_event, on) => { setLines(on ? [...lines, { cls, uuid, source }] : lines.filter(line => line.uuid !== uuid || line.source !== source)); }} />} />
          ))}
        </FormGroup>
        <Typography variant="body2" sx={{ color: 'text.secondary' }}>{lines.length === 0 ? 'Choose at least one. All lines of a graph have the same unit.' : `${lines.length} of at most ${LINES_MAX} chosen. What has another unit cannot be drawn with them.`}</Typography>
      </Stack>
    </FormDialog>
  );
};
