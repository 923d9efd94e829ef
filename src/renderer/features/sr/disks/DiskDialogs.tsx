import InputAdornment from '@mui/material/InputAdornment';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { isNull, type Ref, type VDIRecord } from '../../../../shared/api';
import { NAME_MAX_CHARS } from '../../../../shared/lib/limits';
import { newVdi } from '../../../../shared/rules/new-records';
import { type Session, SessionScope } from '../../../api';
import type { Stage } from '../../../parts/actions/action';
import { WorkDialog } from '../../../parts/actions/WorkDialog';
import { SrChoice } from '../../../parts/sr/SrChoice';
import { focusOnAppear } from '../../../ui/focus';
import { bytesText } from '../../../ui/text';
import type { SrTarget } from '../sr-target';
import { bytesOfGib, gibText, sizeProblem } from './size';

/* Making, enlarging, renaming and copying one disk of a storage repository. */

export interface DiskTarget { session: Session; ref: Ref<'VDI'>; record: VDIRecord }
interface Common { stage: Stage; close: () => void }

export const showNewDisk = (stage: Stage, sr: SrTarget): void => { stage.show(close => <NewDiskDialog sr={sr} stage={stage} close={close} />); };
export const showResizeDisk = (stage: Stage, disk: DiskTarget): void => { stage.show(close => <ResizeDialog disk={disk} stage={stage} close={close} />); };
export const showRenameDisk = (stage: Stage, disk: DiskTarget): void => { stage.show(close => <RenameDialog disk={disk} stage={stage} close={close} />); };
export const showCarryDisk = (stage: Stage, disk: DiskTarget, how: 'copy' | 'move'): void => {
  stage.show(close => <SessionScope session={disk.session}><CarryDialog disk={disk} how={how} stage={stage} close={close} /></SessionScope>);
};

const SizeField = ({ value, problem, disabled, first = false, label = 'Size', onChange }: { value: string; problem: string | undefined; disabled: boolean; first?: boolean; label?: string; onChange: (text: string) => void }) => (
  <TextField required label={label} value={value} disabled={disabled} {...(first && { inputRef: focusOnAppear })} error={problem !== undefined} helperText={problem} onChange={event => { onChange(event.target.value); }}
    slotProps={{ htmlInput: { inputMode: 'decimal' }, input: { endAdornment: <InputAdornment position="end">GiB</InputAdornment> } }} />
);
const NameField = ({ value, problem, disabled, onChange }: { value: string; problem: string | undefined; disabled: boolean; onChange: (text: string) => void }) => (
  <TextField required label="Name" value={value} disabled={disabled} inputRef={focusOnAppear} error={problem !== undefined} helperText={problem} onChange={event => { onChange(event.target.value); }}
    slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
);
const nameProblem = (name: string): string | undefined => (name.trim() === '' ? 'Give it a name.' : undefined);
const freeBytes = (session: Session, sr: Ref<'SR'>): number | undefined => {
  const record = session.records.get('SR', sr);
  return record && record.physical_size > 0 ? Math.max(0, record.physical_size - record.physical_utilisation) : undefined;
};

const NewDiskDialog = ({ sr: { session, ref, record, target }, stage, close }: Common & { sr: SrTarget }) => {
  const [name, setName] = useState('');
  const [size, setSize] = useState('8');
  const [checked, setChecked] = useState(false);
  const problems = () => ({ name: nameProblem(name), size: sizeProblem(size, 0, freeBytes(session, ref)) });
  const shown = checked ? problems() : { name: undefined, size: undefined };
  return (
    <WorkDialog title={`New disk on “${record.name_label}”`} verb="Create" failed={`Could not create “${name.trim()}”`} session={session} width="xs" close={close}
      check={() => { setChecked(true); return Object.values(problems()).every(problem => problem === undefined); }}
      apply={async signal => {
        await session.run({ verb: 'create disk', subject: name.trim(), subjectRef: ref }, signal, 'Async.VDI.create', newVdi({ SR: ref, name_label: name.trim(), virtual_size: bytesOfGib(size) }));
        stage.succeeded(`Created the disk “${name.trim()}”`, target);
      }}>
      {busy => (
        <>
          <NameField value={name} problem={shown.name} disabled={busy} onChange={setName} />
          <SizeField value={size} problem={shown.size} disabled={busy} onChange={setSize} />
        </>
      )}
    </WorkDialog>
  );
};

const ResizeDialog = ({ disk: { session, ref, record }, stage, close }: Common & { disk: DiskTarget }) => {
  const [size, setSize] = useState(() => gibText(record.virtual_size));
  const [checked, setChecked] = useState(false);
  const problem = (): string | undefined => sizeProblem(size, record.virtual_size, undefined);
  const name = record.name_label;
  const online = record.allowed_operations.includes('resize_online') && !record.allowed_operations.includes('resize');
  return (
    <WorkDialog title={`Resize “${name}”`} verb="Resize" failed={`Could not resize “${name}”`} session={session} width="xs" close={close}
      check={() => { setChecked(true); return problem() === undefined; }}
      apply={async signal => {
        await session.run({ verb: 'resize disk', subject: name, subjectRef: ref }, signal, online ? 'Async.VDI.resize_online' : 'Async.VDI.resize', ref, bytesOfGib(size));
        stage.succeeded(`“${name}” has ${bytesText(bytesOfGib(size))} now`);
      }}>
      {busy => (
        <>
          <Typography variant="body2">It has {bytesText(record.virtual_size)} now. The system in the VM has to enlarge its file system by itself afterwards.</Typography>
          <SizeField first label="New size" value={size} problem={checked ? problem() : undefined} disabled={busy} onChange={setSize} />
        </>
      )}
    </WorkDialog>
  );
};

const RenameDialog = ({ disk: { session, ref, record }, close }: Common & { disk: DiskTarget }) => {
  const [name, setName] = useState(record.name_label);
  const [text, setText] = useState(record.name_description);
  const [checked, setChecked] = useState(false);
  return (
    <WorkDialog title={`Rename “${record.name_label}”`} verb="Rename" failed={`Could not rename “${record.name_label}”`} session={session} width="xs" close={close}
      check={() => { setChecked(true); return nameProblem(name) === undefined; }}
      apply={async () => {
        if (name.trim() !== record.name_label) await session.call('VDI.set_name_label', ref, name.trim());
        if (text.trim() !== record.name_description) await session.call('VDI.set_name_description', ref, text.trim());
      }}>
      {busy => (
        <>
          <NameField value={name} problem={checked ? nameProblem(name) : undefined} disabled={busy} onChange={setName} />
          <TextField label="Description" value={text} disabled={busy} onChange={event => { setText(event.target.value); }} slotProps={{ htmlInput: { maxLength: NAME_MAX_CHARS } }} />
        </>
      )}
    </WorkDialog>
  );
};

const CarryDialog = ({ disk: { session, ref, record }, how, stage, close }: Common & { disk: DiskTarget; how: 'copy' | 'move' }) => {
  const [to, setTo] = useState<Ref<'SR'> | ''>('');
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const verb = how === 'copy' ? 'Copy' : 'Move';
  const name = record.name_label;
  return (
    <WorkDialog title={`${verb} “${name}”`} verb={verb} failed={`Could not ${how} “${name}”`} session={session} close={close}
      check={() => { const wrong = to === '' ? 'Where to?' : undefined; setProblem(wrong); return wrong === undefined; }}
      apply={async signal => {
        if (to === '' || isNull(to)) return;
        const about = { verb: `${how} disk`, subject: name, subjectRef: ref };
        if (how === 'copy') await session.run(about, signal, 'Async.VDI.copy', ref, to); else await session.run(about, signal, 'Async.VDI.pool_migrate', ref, to, {});
        stage.succeeded(`${how === 'copy' ? 'Copied' : 'Moved'} “${name}”`, { session, cls: 'SR', ref: to });
      }}>
      {busy => (
        <>
          <Typography variant="body2">{how === 'copy' ? 'Every byte is copied; the copy belongs to no VM yet.' : 'VMs that use it go on using it where it is then.'} {bytesText(record.physical_utilisation)} are carried.</Typography>
          <SrChoice label="To" value={to} disabled={busy} problem={problem} {...(how === 'move' && { except: record.SR })} onChange={sr => { setTo(sr); setProblem(undefined); }} />
        </>
      )}
    </WorkDialog>
  );
};
