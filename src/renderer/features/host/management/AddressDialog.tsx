import Alert from '@mui/material/Alert';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { PIFRecord, Ref } from '../../../../shared/api';
import { CallFailed, type Session, SessionScope } from '../../../api';
import type { Stage } from '../../../parts/actions/action';
import { WorkDialog } from '../../../parts/actions/WorkDialog';
import { focusOnAppear } from '../../../ui/focus';
import { RadioList } from '../../../ui/RadioList';
import { type AddressWish, problemsOf, wishOf } from './address';
import { showKeep } from './KeepDialog';

interface Pif { session: Session; ref: Ref<'PIF'>; record: PIFRecord }
export const showAddress = (stage: Stage, pif: Pif): void => {
  stage.show(close => <SessionScope session={pif.session}><AddressDialog pif={pif} stage={stage} close={close} /></SessionScope>);
};

const MODES: readonly { id: AddressWish['mode']; title: string; detail: string; why: undefined }[] = [
  { id: 'DHCP', title: 'From the network (DHCP)', detail: 'A server of the network gives the address.', why: undefined },
  { id: 'Static', title: 'This one', detail: 'The address stays the same.', why: undefined },
];

/** The address of a card. That of the management card is kept only when somebody has reached the host there. */
const AddressDialog = ({ pif: { session, ref, record }, stage, close }: { pif: Pif; stage: Stage; close: () => void }) => {
  const [wish, setWish] = useState(() => wishOf(record));
  const [checked, setChecked] = useState(false);
  const problems = checked ? problemsOf(wish) : {};
  const field = (key: Exclude<keyof AddressWish, 'mode'>, label: string, busy: boolean, required: boolean, hint?: string) => (
    <TextField label={label} required={required} value={wish[key]} disabled={busy} error={problems[key] !== undefined} helperText={problems[key] ?? hint} {...(key === 'ip' && { inputRef: focusOnAppear })}
      onChange={event => { setWish({ ...wish, [key]: event.target.value }); }} slotProps={{ htmlInput: { maxLength: 200, spellCheck: false, autoComplete: 'off' } }} />
  );
  const apply = async (): Promise<void> => {
    const fixed = wish.mode === 'Static';
    const given = fixed ? [wish.ip.trim(), wish.netmask.trim(), wish.gateway.trim(), wish.dns.split(/[\s,]+/).filter(Boolean).join(',')] as const : ['', '', '', ''] as const;
    // The answer may be lost with the address that it would come to: the next dialog looks.
    await session.call('PIF.reconfigure_ip', ref, wish.mode, ...given).catch((error: unknown) => {
      if (!record.management || !(error instanceof CallFailed) || error.failure.kind !== 'silent') throw error;
    });
    if (record.management) showKeep(stage, session, ref, fixed ? wish.ip.trim() : undefined); else stage.succeeded(`Changed the address of ${record.device}`);
  };
  return (
    <WorkDialog title={`Address of ${record.device}`} verb="Change" failed={`Could not change the address of ${record.device}`} session={session} close={close} apply={apply}
      check={() => { setChecked(true); return Object.keys(problemsOf(wish)).length === 0; }}>
      {busy => (
        <>
          {record.management && <Alert severity="warning" variant="outlined">The host is managed through this card. The change holds only when this program has reached the host by the new address; otherwise the host goes back by itself. VMs go on running.</Alert>}
          <RadioList label="Address" value={wish.mode} disabled={busy} choices={MODES} onChange={mode => { setWish({ ...wish, mode: mode as AddressWish['mode'] }); }} />
          {wish.mode === 'Static' && <>{field('ip', 'IP address', busy, true)}{field('netmask', 'Netmask', busy, true)}{field('gateway', 'Gateway', busy, false)}{field('dns', 'Name servers', busy, false, 'Several with commas between them')}</>}
        </>
      )}
    </WorkDialog>
  );
};
