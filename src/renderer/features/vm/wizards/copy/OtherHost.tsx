import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { isNull, type Ref, type VMRecord } from '../../../../../shared/api';
import { CallFailed, type Session, SessionScope, useList, useRecords, useValue, useWorld, type World } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { outcome } from '../../../../parts/actions/outcome';
import { firstHost, hasPlugin, NOT_OURS } from '../../../../parts/host/plugin';
import { NETWORKS } from '../../../../parts/lists';
import { SrChoice } from '../../../../parts/sr/SrChoice';
import { type VmTarget, whyNotRecord } from '../../actions/vm-action';

/* A VM to another host that the console is connected to. The bytes go from host to host; here is only asked for. */

export interface There { host: Session | undefined; sr: Ref<'SR'> | ''; network: Ref<'network'> | '' }
export type Way = 'copy-there' | 'move-there';

export const otherHosts = (world: World, session: Session): readonly Session[] => world.sessions.get().filter(other => other !== session && other.isLive && hasPlugin(other));

export const whyNotThere = (session: Session, vm: VMRecord | undefined, others: readonly Session[], way: Way): string | undefined => {
  if (!hasPlugin(session)) return NOT_OURS;
  const why = whyNotRecord(session, vm, 'export') ?? (way === 'move-there' ? whyNotRecord(session, vm, 'destroy') : undefined);
  if (why !== undefined) return why;
  if (way === 'move-there' && (vm?.snapshots.length ?? 0) > 0) return 'Snapshots do not travel: delete them first, or copy the VM.';
  return others.length === 0 ? 'Connect to the other host first.' : undefined;
};

export const OtherHost = ({ session, value, busy, problem, onChange }: { session: Session; value: There; busy: boolean; problem: string | undefined; onChange: (there: There) => void }) => {
  const world = useWorld();
  useValue(world.sessions);
  const others = otherHosts(world, session), shown = { select: { displayEmpty: true }, inputLabel: { shrink: true } };
  return (
    <>
      <TextField select required label="To the host" value={value.host && others.includes(value.host) ? value.host.id : ''} disabled={busy} error={problem !== undefined} helperText={problem}
        onChange={event => { onChange({ host: others.find(({ id }) => id === event.target.value), sr: '', network: '' }); }}>
        {others.map(other => <MenuItem key={other.id} value={other.id}>{nameOf(other)}</MenuItem>)}
      </TextField>
      {value.host && (
        <SessionScope session={value.host}>
          <SrChoice label="Storage there" none="The default storage there" value={value.sr} disabled={busy} onChange={sr => { onChange({ ...value, sr }); }} />
          <NetworkChoice value={value.network} busy={busy} shown={shown} onChange={network => { onChange({ ...value, network }); }} />
        </SessionScope>
      )}
    </>
  );
};

const NetworkChoice = ({ value, busy, shown, onChange }: { value: Ref<'network'> | ''; busy: boolean; shown: object; onChange: (network: Ref<'network'> | '') => void }) => {
  const networks = useRecords('network', useList(NETWORKS));
  return (
    <TextField select label="Network there" value={value} disabled={busy} slotProps={shown} onChange={event => { onChange(event.target.value as Ref<'network'> | ''); }}
      helperText={value === '' ? 'A network that is not there is made, internal: it leads nowhere until you connect it.' : 'All network cards go there.'}>
      <MenuItem value="">The networks of the same names</MenuItem>
      {networks.map(({ ref, record }) => <MenuItem key={ref} value={ref}>{record.name_label || 'unnamed'}</MenuItem>)}
    </TextField>
  );
};

const nameOf = (session: Session): string => {
  const { address } = session.view.get(), name = session.records.get('host', firstHost(session) ?? '')?.name_label;
  return name === undefined || name === '' || name === address ? address : `${name} (${address})`;
};

/** Asks the other host for its leave; then it goes on by itself, in the list of tasks. */
export const sendThere = async (stage: Stage, { session, ref, record }: VmTarget, { host: other, sr, network }: There, way: Way): Promise<void> => {
  const place = other && firstHost(other), first = other && (network === '' ? other.records.index(NETWORKS).refs[0] : network);
  if (!other || place === undefined || first === undefined) throw new CallFailed({ kind: 'aborted' });
  const token = await other.call('host.migrate_receive', place, first as Ref<'network'>, {}), about = { verb: way === 'copy-there' ? 'copy' : 'move', subject: record.name_label, subjectRef: ref };
  const disks = record.VBDs.map(vbd => session.records.get('VBD', vbd)).filter(vbd => vbd?.type === 'Disk' && !isNull(vbd.VDI)).map(vbd => vbd?.VDI ?? '');
  const to = <T extends string>(refs: readonly string[], target: T | ''): Record<string, T> => (target === '' ? {} : Object.fromEntries(refs.map(each => [each, target])));
  void outcome(stage, session, about, `${way === 'copy-there' ? 'Copied' : 'Moved'} to ${nameOf(other)}:`, () =>
    session.run(about, undefined, 'Async.VM.migrate_send', ref, token, false, to(disks, sr), to(record.VIFs, network), { copy: String(way === 'copy-there') }));
};
