import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Ref, SRRecord } from '../../../shared/api';
import { NAME_MAX_CHARS } from '../../../shared/lib/limits';
import type { Session } from '../../api';
import type { Stage } from '../actions/action';
import { WorkDialog } from '../actions/WorkDialog';
import { answerOf, runPlugin } from '../host/plugin';
import { focusOnAppear } from '../../ui/focus';
import { type FetchWish, nameFromUrl, problemsOf } from './fetch-wish';

export interface FetchTo { session: Session; ref: Ref<'SR'>; record: SRRecord; made?: (vdi: Ref<'VDI'>) => void }
export const showFetchIso = (stage: Stage, sr: FetchTo): void => {
  stage.show(close => <FetchIsoDialog sr={sr} stage={stage} close={close} />);
};

const URL_MAX_CHARS = 2_000;

/** The host fetches it itself; this computer carries nothing. */
const FetchIsoDialog = ({ sr: { session, ref, record, made }, stage, close }: { sr: FetchTo; stage: Stage; close: () => void }) => {
  const [wish, setWish] = useState<FetchWish>({ url: '', name: '', sha256: '' });
  const [named, setNamed] = useState(false);
  const [checked, setChecked] = useState(false);
  const problems = checked ? problemsOf(wish) : {};
  const apply = async (signal: AbortSignal): Promise<void> => {
    const [url, name, sha256] = [wish.url.trim(), wish.name.trim(), wish.sha256.trim().toLowerCase()];
    const { task } = await runPlugin(session, { verb: 'fetch', subject: name }, signal, 'iso_fetch', { sr: record.uuid, url, name, ...(sha256 !== '' && { sha256 }) });
    stage.succeeded(`Fetched “${name}”`, { session, cls: 'SR', ref });
    made?.(await session.call('VDI.get_by_uuid', answerOf(task.result)));
  };
  return (
    <WorkDialog title={`Fetch an image to “${record.name_label}”`} verb="Fetch" failed={`Could not fetch “${wish.name}”`} session={session} close={close} apply={apply}
      check={() => { setChecked(true); return Object.keys(problemsOf(wish)).length === 0; }}>
      {busy => (
        <>
          <TextField required label="Address (URL)" type="url" value={wish.url} disabled={busy} inputRef={focusOnAppear} error={problems.url !== undefined} helperText={problems.url ?? 'The host fetches it; it must reach the address.'}
            onChange={event => { const url = event.target.value; setWish({ ...wish, url, ...(!named && { name: nameFromUrl(url) }) }); }} slotProps={{ htmlInput: { maxLength: URL_MAX_CHARS, spellCheck: false } }} />
          <TextField required label="Name" value={wish.name} disabled={busy} error={problems.name !== undefined} helperText={problems.name}
            onChange={event => { setNamed(true); setWish({ ...wish, name: event.target.value }); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
          <TextField label="SHA-256 checksum" value={wish.sha256} disabled={busy} error={problems.sha256 !== undefined} helperText={problems.sha256 ?? 'As its publisher tells it. An image with another one is thrown away.'}
            onChange={event => { setWish({ ...wish, sha256: event.target.value }); }} slotProps={{ htmlInput: { spellCheck: false, maxLength: 100 } }} />
        </>
      )}
    </WorkDialog>
  );
};
