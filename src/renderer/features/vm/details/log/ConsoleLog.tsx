import Article from '@mui/icons-material/ArticleOutlined';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { isNull, type Ref, type VMRecord } from '../../../../../shared/api';
import { type Failure, failureOf, useList, useSession, useSessionView } from '../../../../api';
import { whyNotMay } from '../../../../parts/session/may';
import { FailureView } from '../../../../parts/errors/FailureView';
import { HOSTS } from '../../../../parts/lists';
import { CopyButton } from '../../../../ui/CopyButton';
import { WhyButton } from '../../../../ui/WhyButton';

const PLUGIN = 'administrator-console';
/** Colours, cursor moves and titles mean nothing on paper. */
const [ESC, BELL] = [String.fromCharCode(27), String.fromCharCode(7)];
const CONTROL = new RegExp(`${ESC}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${BELL}${ESC}]*(?:${BELL}|${ESC}\\\\)|[@-_])|(?![\\n\\t])\\p{Cc}`, 'gu');
export const plainText = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(CONTROL, '');

/** What the VM said on its serial line since its last boot. Asked for when wanted: it may be long. */
export const ConsoleLog = ({ vm }: { vm: VMRecord }) => {
  const session = useSession();
  useSessionView();
  const [firstHost] = useList(HOSTS);
  const [text, setText] = useState<string | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const host = isNull(vm.resident_on) ? firstHost : vm.resident_on;
  const read = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    try { setText(plainText(await session.call('host.call_plugin', host as Ref<'host'>, PLUGIN, 'console_log', { vm: vm.uuid, times: 'true' }))); } catch (error) { setFailure(failureOf(error)); }
    setBusy(false);
  };
  return (
    <Box component="section" aria-label="Console log of the last boot" sx={{ display: 'flex', flexDirection: 'column', gap: 1 }}>
      <Box sx={{ display: 'flex', gap: 1, alignItems: 'center', flexWrap: 'wrap' }}>
        <Typography component="h3" variant="subtitle2">Console log of the last boot</Typography>
        <WhyButton label={text === undefined ? 'Show' : 'Read again'} ariaLabel={text === undefined ? 'Show console log' : 'Read again the console log'} icon={Article} why={whyNotMay(session, 'host.call_plugin/key:console_log') ?? (busy ? 'It is being read.' : host === undefined ? 'There is no host.' : undefined)} onClick={() => { void read(); }} />
        {text !== undefined && text !== '' && <CopyButton text={text} what="console log" />}
      </Box>
      {failure && <FailureView what="Could not read the console log" failure={failure} session={session} />}
      {text === '' && <Typography variant="body2" sx={{ color: 'text.secondary' }}>The VM has said nothing on its serial line since its last boot.</Typography>}
      {text !== undefined && text !== '' && (
        <Box component="pre" tabIndex={0} role="region" aria-label="Console log" sx={{ m: 0, p: 1.5, maxHeight: '28em', overflow: 'auto', typography: 'caption', fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace', border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper' }}>{text}</Box>
      )}
    </Box>
  );
};
