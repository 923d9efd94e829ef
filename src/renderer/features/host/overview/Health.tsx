import CheckCircle from '@mui/icons-material/CheckCircleOutlined';
import ErrorOutline from '@mui/icons-material/ErrorOutlined';
import WarningAmber from '@mui/icons-material/WarningAmber';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { use, type ReactNode } from 'react';
import { must } from '../../../../shared/lib/assert';
import { type Found, useList, useNow, useRecords, useSession, useSessionView } from '../../../api';
import { TabContext } from '../../../parts/details/tab';
import { MESSAGES, SRS, VMS } from '../../../parts/lists';
import { weightOf } from '../../../parts/messages/messages';
import { ObjectLink } from '../../../parts/ObjectLink';
import { stateWords } from '../../../parts/session/liveness';
import { acceleratorOf } from '../details/host-words';

interface Finding { tone: 'success' | 'warning' | 'error'; text: ReactNode }
const ICONS = { success: CheckCircle, warning: WarningAmber, error: ErrorOutline } as const;
const TONES = { success: 'well', warning: 'Warning', error: 'Trouble' } as const;
const AGE_RENEWED_MS = 5_000;
const NAMED_MAX = 4;

/** What a person should know first; when all is well, that. */
export const Health = ({ hosts }: { hosts: readonly Found<'host'>[] }) => {
  const { records } = useSession();
  const { state } = useSessionView();
  const { choose } = must(use(TabContext), 'TabContext');
  const now = useNow(AGE_RENEWED_MS, state.at === 'lost');
  const metrics = useRecords('host_metrics', hosts.map(({ record }) => record.metrics));
  const messages = useRecords('message', useList(MESSAGES));
  const srs = useRecords('SR', useList(SRS));
  const pbds = useRecords('PBD', srs.flatMap(({ record }) => record.PBDs));
  const vms = useRecords('VM', useList(VMS));
  const count = (weight: string): number => messages.filter(({ record }) => weightOf(record) === weight).length;
  const detached = srs.filter(({ ref }) => !pbds.some(({ record }) => record.SR === ref && record.currently_attached));
  const errors = count('error');
  const warnings = count('warning');
  const findings: Finding[] = [
    ...(state.at === 'live' ? [] : [{ tone: 'warning' as const, text: `${stateWords(state, now).label}. What is shown is of then.` }]),
    ...hosts.filter(({ record }) => metrics.length > 0 && records.get('host_metrics', record.metrics)?.live === false).map(({ ref }) => ({ tone: 'error' as const, text: <><ObjectLink cls="host" of={ref} /> does not answer.</> })),
    ...hosts.filter(({ record }) => !record.enabled).map(({ ref }) => ({ tone: 'warning' as const, text: <><ObjectLink cls="host" of={ref} /> takes no new VMs: it is disabled.</> })),
    ...(errors + warnings === 0 ? [] : [{ tone: errors > 0 ? 'error' as const : 'warning' as const, text: <Link component="button" variant="body2" onClick={() => { choose('alerts'); }}>{[errors > 0 && `${errors} urgent`, warnings > 0 && `${warnings} less urgent`].filter(Boolean).join(' and ')} {errors + warnings === 1 ? 'alert' : 'alerts'}</Link> }]),
    ...detached.slice(0, NAMED_MAX).map(({ ref }) => ({ tone: 'warning' as const, text: <>Storage <ObjectLink cls="SR" of={ref} /> is detached.</> })),
    ...vms.filter(({ record }) => record.power_state === 'Paused').slice(0, NAMED_MAX).map(({ ref }) => ({ tone: 'warning' as const, text: <>VM <ObjectLink cls="VM" of={ref} /> is paused.</> })),
    ...hosts.filter(({ record }) => acceleratorOf(record).text.startsWith('None')).map(({ ref }) => ({ tone: 'warning' as const, text: <>VMs on <ObjectLink cls="host" of={ref} /> are emulated in software, which is slow.</> })),
  ];
  return (
    <Paper variant="outlined" component="section" aria-label="Health" sx={{ p: 2, minWidth: 0 }}>
      <Typography component="h3" variant="subtitle2" sx={{ mb: 1 }}>Health</Typography>
      <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {(findings.length > 0 ? findings : [{ tone: 'success' as const, text: 'All is well.' }]).map(({ tone, text }, i) => {
          const Picture = ICONS[tone];
          return <Box component="li" key={i} sx={{ display: 'flex', gap: 1, py: 0.4, alignItems: 'flex-start', typography: 'body2', minWidth: 0 }}><Picture fontSize="small" titleAccess={TONES[tone]} sx={{ color: `${tone}.main` }} /><span>{text}</span></Box>;
        })}
      </Box>
    </Paper>
  );
};
