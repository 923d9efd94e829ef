import Close from '@mui/icons-material/Close';
import ErrorOutline from '@mui/icons-material/ErrorOutlined';
import InfoOutlined from '@mui/icons-material/InfoOutlined';
import WarningAmber from '@mui/icons-material/WarningAmber';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import type { MessageRecord, Ref } from '../../../shared/api';
import { failureOf, readDate, useList, useRecords, useSession, useSessionView } from '../../api';
import { whyOffline } from '../actions/offered';
import { useScreen } from '../actions/stage';
import { MESSAGES } from '../lists';
import { ObjectLink } from '../ObjectLink';
import { dateText } from '../../ui/text';
import { WhyButton } from '../../ui/WhyButton';
import { bodyOf, subjectOf, titleOf, type Weight, weightOf } from './messages';

const ICONS = { error: ErrorOutline, warning: WarningAmber, info: InfoOutlined } as const;
const WORDS: Readonly<Record<Weight, string>> = { error: 'Alarm', warning: 'Warning', info: 'Notice' };
const LINKED: ReadonlySet<string> = new Set(['VM', 'host', 'SR']);
const SHOWN_MAX = 200;

/** What the host has told about one object (by its uuid), or about everything, newest first; each is dismissed when it was read. `titled`: in a frame, and nothing when there is nothing. */
export const MessageList = ({ of: uuid, titled = false }: { of?: string; titled?: boolean }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const found = useRecords('message', useList(MESSAGES)).filter(({ record }) => uuid === undefined || record.obj_uuid === uuid).reverse();
  if (found.length === 0) return titled ? null : <Typography variant="body2" sx={{ p: 2, color: 'text.secondary' }}>The host has nothing to tell.</Typography>;
  const why = whyOffline(session);
  const dismiss = async (refs: readonly string[]): Promise<void> => {
    try { for (const ref of refs) await session.call('message.destroy', ref as Ref<'message'>); } catch (error) { screen.failed('Could not dismiss a message', failureOf(error), session); }
  };
  const list = (
    <>
      <Box component="ul" aria-label="Alerts" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {found.slice(0, SHOWN_MAX).map(({ ref, record }) => <MessageRow key={ref} message={record} about={uuid === undefined} why={why} onDismiss={() => { void dismiss([ref]); }} />)}
      </Box>
      {found.length > SHOWN_MAX && <Typography variant="body2" sx={{ p: 1, color: 'text.secondary' }}>{found.length - SHOWN_MAX} older ones are not shown.</Typography>}
      {found.length > 1 && <Button disabled={why !== undefined} onClick={() => { void dismiss(found.map(({ ref }) => ref)); }}>Dismiss all {found.length}</Button>}
    </>
  );
  if (!titled) return list;
  return <Paper variant="outlined" component="section" aria-label="What the host tells" sx={{ p: 2, minWidth: 0 }}><Typography component="h3" variant="subtitle2" sx={{ mb: 1 }}>What the host tells</Typography>{list}</Paper>;
};

const MessageRow = ({ message, about, why, onDismiss }: { message: MessageRecord; about: boolean; why: string | undefined; onDismiss: () => void }) => {
  const session = useSession();
  const weight = weightOf(message);
  const Picture = ICONS[weight];
  const time = readDate(message.timestamp);
  const subject = about ? subjectOf(session, message) : undefined;
  return (
    <Box component="li" data-weight={weight} sx={{ display: 'grid', gridTemplateColumns: '20px minmax(0, 1fr) auto', columnGap: 1, alignItems: 'start', py: 0.75, borderBottom: 1, borderColor: 'divider' }}>
      <Picture fontSize="small" titleAccess={WORDS[weight]} sx={{ color: `${weight}.main` }} />
      <Box sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <Typography variant="body2" component="div">
          {titleOf(message)}
          {subject && <>{': '}{LINKED.has(subject.cls) ? <ObjectLink cls={subject.cls as 'VM' | 'host' | 'SR'} of={subject.ref} /> : `“${subject.name}”`}</>}
        </Typography>
        {message.body !== '' && <Typography variant="body2" sx={{ color: 'text.secondary', whiteSpace: 'pre-wrap' }}>{bodyOf(message)}</Typography>}
        {time !== undefined && <Typography variant="caption" sx={{ color: 'text.secondary' }}>{dateText(time)}</Typography>}
      </Box>
      <WhyButton small label="Dismiss" ariaLabel={`Dismiss: ${titleOf(message)}`} icon={Close} iconOnly why={why} onClick={onDismiss} />
    </Box>
  );
};
