import ErrorOutline from '@mui/icons-material/ErrorOutlined';
import InfoOutlined from '@mui/icons-material/InfoOutlined';
import WarningAmber from '@mui/icons-material/WarningAmber';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import type { MessageRecord } from '../../../shared/api';
import { readDate, useSession } from '../../api';
import { dateText } from '../../ui/text';
import { ObjectLink } from '../ObjectLink';
import { bodyOf, subjectOf, titleOf, type Weight, weightOf } from './messages';

export const WEIGHT_ICONS = { error: ErrorOutline, warning: WarningAmber, info: InfoOutlined } as const;
export const WEIGHT_WORDS: Readonly<Record<Weight, string>> = { error: 'Alarm', warning: 'Warning', info: 'Notice' };
const LINKED: ReadonlySet<string> = new Set(['VM', 'host', 'SR']);

interface Props { message: Pick<MessageRecord, 'name' | 'priority' | 'cls' | 'obj_uuid' | 'timestamp' | 'body'>; /** It names its object, too. */ about?: boolean; more?: string; end?: ReactNode }
/** One message: what, whose, when. */
export const AlertRow = ({ message, about = true, more, end }: Props) => {
  const session = useSession();
  const weight = weightOf(message);
  const Picture = WEIGHT_ICONS[weight];
  const time = readDate(message.timestamp);
  const subject = about ? subjectOf(session, message) : undefined;
  return (
    <Box component="li" data-weight={weight} sx={{ display: 'grid', gridTemplateColumns: '20px minmax(0, 1fr) auto', columnGap: 1, alignItems: 'start', py: 0.75, borderBottom: 1, borderColor: 'divider' }}>
      <Picture fontSize="small" titleAccess={WEIGHT_WORDS[weight]} sx={{ color: `${weight}.main` }} />
      <Box sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>
        <Typography variant="body2" component="div">
          {titleOf(message)}
          {subject && <>{': '}{LINKED.has(subject.cls) ? <ObjectLink cls={subject.cls as 'VM' | 'host' | 'SR'} of={subject.ref} /> : `“${subject.name}”`}</>}
        </Typography>
        {message.body !== '' && <Typography variant="body2" sx={{ color: 'text.secondary', whiteSpace: 'pre-wrap' }}>{bodyOf(message)}</Typography>}
        <Typography variant="caption" sx={{ color: 'text.secondary' }}>{[time !== undefined && dateText(time), more].filter(Boolean).join(' · ')}</Typography>
      </Box>
      {end}
    </Box>
  );
};
