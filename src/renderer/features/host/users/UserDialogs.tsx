import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Ref, SubjectRecord } from '../../../../shared/api';
import { type Session, SessionScope } from '../../../api';
import type { Stage } from '../../../parts/actions/action';
import { WorkDialog } from '../../../parts/actions/WorkDialog';
import { callPlugin } from '../../../parts/host/plugin';
import { type RoleId, ROLES } from '../../../parts/session/roles';
import { focusOnAppear } from '../../../ui/focus';
import { RadioList } from '../../../ui/RadioList';
import { nameOf, roleOf, roleRefOf } from './user-words';

const CHOICES = ROLES.map(role => ({ ...role, why: undefined }));
const QUIET = { htmlInput: { maxLength: 200, spellCheck: false, autoComplete: 'new-password' } };

export const showAddUser = (stage: Stage, session: Session): void => { stage.show(close => <SessionScope session={session}><AddUser session={session} stage={stage} close={close} /></SessionScope>); };
export const showRole = (stage: Stage, session: Session, ref: string, subject: SubjectRecord): void => {
  stage.show(close => <SessionScope session={session}><ChangeRole session={session} of={ref as Ref<'subject'>} subject={subject} stage={stage} close={close} /></SessionScope>);
};
export const showPassword = (stage: Stage, session: Session, name: string): void => { stage.show(close => <SessionScope session={session}><NewPassword session={session} name={name} stage={stage} close={close} /></SessionScope>); };

interface Dialog { session: Session; stage: Stage; close: () => void }

/** An account that the host keeps itself. */
const AddUser = ({ session, stage, close }: Dialog) => {
  const [wish, setWish] = useState({ name: '', fullname: '', password: '', again: '', role: 'vm-operator' as RoleId });
  const [checked, setChecked] = useState(false);
  const problems = checked ? problemsOf(wish) : {};
  const field = (key: 'name' | 'fullname' | 'password' | 'again', label: string, busy: boolean, hint?: string) => (
    <TextField label={label} required={key !== 'fullname'} value={wish[key]} disabled={busy} error={problems[key] !== undefined} helperText={problems[key] ?? hint} {...(key === 'name' && { inputRef: focusOnAppear })}
      type={key === 'password' || key === 'again' ? 'password' : 'text'} onChange={event => { setWish({ ...wish, [key]: event.target.value }); }} slotProps={QUIET} />
  );
  return (
    <WorkDialog title="Add a user" verb="Add" failed={`Could not add “${wish.name}”`} session={session} close={close} check={() => { setChecked(true); return Object.keys(problemsOf(wish)).length === 0; }}
      apply={async () => {
        const { name, fullname, password, role } = wish;
        await callPlugin(session, 'user_add', { name, fullname, password, role });
        stage.succeeded(`Added “${name}”`);
      }}>
      {busy => (
        <>
          {field('name', 'Name', busy, 'What one logs in with')}{field('fullname', 'Full name', busy)}{field('password', 'Password', busy)}{field('again', 'Password again', busy)}
          <RadioList label="Role" value={wish.role} disabled={busy} choices={CHOICES} onChange={role => { setWish({ ...wish, role: role as RoleId }); }} />
        </>
      )}
    </WorkDialog>
  );
};

type Problems = Partial<Record<'name' | 'fullname' | 'password' | 'again', string>>;
export const problemsOf = ({ name, password, again }: { name: string; password: string; again: string }): Problems => ({
  ...(/^[a-z_][a-z0-9_.-]{0,63}$/i.test(name) ? {} : { name: 'Letters, digits, and . _ - within; it begins with a letter.' }),
  ...passwordProblems(password, again),
});
const passwordProblems = (password: string, again: string): Problems => (password === '' ? { password: 'A password is needed.' } : password === again ? {} : { again: 'This is not the same password.' });

/** One role each; whoever gets less is logged out by the host. */
const ChangeRole = ({ session, of: ref, subject, stage, close }: Dialog & { of: Ref<'subject'>; subject: SubjectRecord }) => {
  const now = roleOf(subject), name = nameOf(subject);
  const [role, setRole] = useState<RoleId>(now ?? 'read-only');
  const apply = async (): Promise<void> => {
    const wanted = roleRefOf(role) as Ref<'role'>;
    // The new one first: with none in between, the user would be logged out.
    if (!subject.roles.includes(wanted)) await session.call('subject.add_to_roles', ref, wanted);
    for (const other of subject.roles) if (other !== wanted) await session.call('subject.remove_from_roles', ref, other);
    stage.succeeded(`Changed the role of “${name}”`);
  };
  return (
    <WorkDialog title={`Role of ${name}`} verb="Change" failed={`Could not change the role of “${name}”`} session={session} blocked={role === now} close={close} apply={apply}>
      {busy => <RadioList label="Role" value={role} disabled={busy} choices={CHOICES} onChange={chosen => { setRole(chosen as RoleId); }} />}
    </WorkDialog>
  );
};

const NewPassword = ({ session, name, stage, close }: Dialog & { name: string }) => {
  const [wish, setWish] = useState({ password: '', again: '' });
  const [checked, setChecked] = useState(false);
  const problems = checked ? passwordProblems(wish.password, wish.again) : {};
  const field = (key: 'password' | 'again', label: string, busy: boolean) => (
    <TextField type="password" required label={label} value={wish[key]} disabled={busy} error={problems[key] !== undefined} helperText={problems[key] ?? (key === 'password' ? `${name} is logged out where the old one was used.` : undefined)}
      {...(key === 'password' && { inputRef: focusOnAppear })} onChange={event => { setWish({ ...wish, [key]: event.target.value }); }} slotProps={QUIET} />
  );
  return (
    <WorkDialog title={`New password for ${name}`} verb="Set" failed={`Could not set the password of “${name}”`} session={session} width="xs" close={close}
      check={() => { setChecked(true); return Object.keys(passwordProblems(wish.password, wish.again)).length === 0; }}
      apply={async () => { await callPlugin(session, 'user_password', { name, password: wish.password }); stage.succeeded(`Set a new password for “${name}”`); }}>
      {busy => <>{field('password', 'New password', busy)}{field('again', 'New password again', busy)}</>}
    </WorkDialog>
  );
};
