import InputAdornment from '@mui/material/InputAdornment';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Ref, VIFRecord, VifLockingMode } from '../../../../../shared/api';
import { SessionScope, useList } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { useLacks, whyWithout } from '../../../../parts/host/lacks';
import { hasPlugin } from '../../../../parts/host/plugin';
import { NETWORKS } from '../../../../parts/lists';
import { focusOnAppear } from '../../../../ui/focus';
import type { VmTarget } from '../../actions/vm-action';
import { USUAL_WEIGHT } from '../vm-field';
import { addNic, changeNic, formOf, LOCKING, newNic, type NicForm, nicProblems, type NicProblems } from './nics';

interface Props { vm: VmTarget; /** Absent: a new one. */ vif?: { ref: Ref<'VIF'>; record: VIFRecord } }
export const showNic = (stage: Stage, props: Props): void => {
  stage.show(close => <SessionScope session={props.vm.session}><NicDialog {...props} stage={stage} close={close} /></SessionScope>);
};

const USUAL_MTU = 1_500;
const ADDRESSES_MAX_CHARS = 4_096;

const NicDialog = ({ vm: { session, ref, record: vm }, vif, stage, close }: Props & { stage: Stage; close: () => void }) => {
  const networks = useList(NETWORKS);
  const [value, setValue] = useState<NicForm>(() => (vif ? formOf(vif.record) : newNic((networks[0] ?? '') as Ref<'network'> | '')));
  const [problems, setProblems] = useState<NicProblems>({});
  const change = (part: Partial<NicForm>): void => { setValue({ ...value, ...part }); setProblems({}); };
  const name = vif ? `network card ${vif.record.device}` : 'the network card';
  const check = (): boolean => { const wrong = nicProblems(value); setProblems(wrong); return Object.keys(wrong).length === 0; };
  const apply = async (signal: AbortSignal): Promise<void> => {
    if (vif) { await changeNic({ session, vm, ref }, vif, value, signal); stage.succeeded(`Changed ${name} of “${vm.name_label}”`); return; }
    const mtu = session.records.get('network', value.network)?.MTU ?? USUAL_MTU;
    const plugged = await addNic({ session, vm, ref }, value, mtu, signal);
    stage.succeeded(`Added a network card to “${vm.name_label}”${plugged || vm.power_state === 'Halted' ? '' : ': the VM sees it after its next start'}`);
  };
  const lack = whyWithout(useLacks(session, 'network_lacks'), 'vif-weight');
  const network = session.records.get('network', value.network);
  const whyNot = network && network.PIFs.length === 0 && network.managed ? 'Kept, but without effect on this network: no card leads out of it that its VMs would share.' : lack;
  const fixedMac = vif?.record.currently_attached === true;
  const field = (key: 'mac' | 'kbps' | 'weight' | 'ipv4' | 'ipv6', label: string, hint: string, busy: boolean, off = false) => (
    <TextField label={label} value={value[key]} disabled={busy || off} error={problems[key] !== undefined} helperText={problems[key] ?? hint} onChange={event => { change({ [key]: event.target.value }); }}
      slotProps={{ htmlInput: { maxLength: ADDRESSES_MAX_CHARS, spellCheck: false }, ...(key === 'kbps' && { input: { endAdornment: <InputAdornment position="end">kB/s</InputAdornment> } }) }} />
  );
  return (
    <WorkDialog title={vif ? `Network card ${vif.record.device} of “${vm.name_label}”` : `Add a network card to “${vm.name_label}”`} verb={vif ? 'Save' : 'Add'} failed={`Could not ${vif ? 'change' : 'add'} ${name}`} session={session}
      blocked={networks.length === 0} close={close} check={check} apply={apply}>
      {busy => (
        <>
          <TextField select required label="Network" value={networks.includes(value.network) ? value.network : ''} disabled={busy} inputRef={focusOnAppear} error={problems.network !== undefined}
            helperText={problems.network ?? (networks.length === 0 ? 'This host has no network.' : undefined)} onChange={event => { change({ network: event.target.value as Ref<'network'> }); }}>
            {networks.map(network => <MenuItem key={network} value={network}>{session.records.get('network', network)?.name_label || 'unnamed'}</MenuItem>)}
          </TextField>
          {field('mac', 'MAC address', fixedMac ? 'Only while the card is unplugged.' : 'Empty: the host chooses one.', busy, fixedMac)}
          {field('kbps', 'Rate limit', 'Empty: no limit.', busy)}
          {hasPlugin(session) && field('weight', 'Priority', whyNot ?? `Of the uplink when it is full, for what the VM sends. ${USUAL_WEIGHT} is normal (empty), twice as much is twice the room.`, busy)}
          <TextField select label="Locking" value={value.locking} disabled={busy} onChange={event => { change({ locking: event.target.value as VifLockingMode }); }}>
            {Object.entries(LOCKING).map(([mode, text]) => <MenuItem key={mode} value={mode}>{text}</MenuItem>)}
          </TextField>
          {field('ipv4', 'Allowed IPv4 addresses', 'With commas between; they count while it is locked.', busy)}
          {field('ipv6', 'Allowed IPv6 addresses', 'With commas between; they count while it is locked.', busy)}
        </>
      )}
    </WorkDialog>
  );
};
