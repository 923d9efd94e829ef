import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { type Failure, failureOf, useSession } from '../../../../api';
import { FailureView } from '../../../../parts/errors/FailureView';
import { callPlugin } from '../../../../parts/host/plugin';
import { RadioList } from '../../../../ui/RadioList';
import type { Problems } from './new-vm';
import { readLook, type RepositoryForm } from './repository';
import type { StepProps } from './steps';

const TEXT_MAX_CHARS = 262_144;
const GRID = { display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(13em, 1fr))', alignItems: 'start' };

/** The tree to install from, and who answers the installer's questions. */
export const RepositoryFields = ({ value, problems, busy, change }: StepProps) => {
  const { repository } = value, several = Number(value.count) > 1;
  const set = (part: Partial<RepositoryForm>): void => { change({ repository: { ...repository, ...part } }); };
  const field = (key: keyof RepositoryForm, label: string, hint: string, more: { problem?: keyof Problems; type?: string; rows?: number; off?: boolean; required?: boolean } = {}) => {
    const problem = more.problem === undefined ? undefined : problems[more.problem];
    return (
      <TextField label={label} required={more.required === true} value={repository[key]} type={more.type ?? 'text'} disabled={busy || more.off === true} error={problem !== undefined} helperText={problem ?? hint} onChange={event => { set({ [key]: event.target.value }); }}
        {...(more.rows !== undefined && { multiline: true, minRows: more.rows, maxRows: 10 })} slotProps={{ htmlInput: { autoComplete: 'off', spellCheck: false, maxLength: TEXT_MAX_CHARS } }} />
    );
  };
  return (
    <>
      {field('url', 'Address (URL) of the repository', 'A mirror like Debian’s, a tree like Red Hat’s, or a folder with kernel and initrd. The host fetches from there.', { problem: 'url', required: true, type: 'url' })}
      <Box sx={GRID}>
        <TextField select label="Kind" value={repository.distro} disabled={busy} slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }} onChange={event => { set({ distro: event.target.value as RepositoryForm['distro'] }); }}>
          <MenuItem value="">The host finds out</MenuItem>
          <MenuItem value="debianlike">Like Debian’s</MenuItem>
          <MenuItem value="rhlike">Like Red Hat’s</MenuItem>
        </TextField>
        {field('release', 'Release', 'Of a mirror like Debian’s: bookworm')}
        {field('args', 'Installer’s arguments', 'Added to its kernel’s.')}
      </Box>
      <Look repository={repository} busy={busy} />
      <RadioList label="Who answers the installer’s questions?" disabled={busy} value={repository.answers} onChange={answers => { set({ answers: answers as RepositoryForm['answers'] }); }} choices={[
        { id: 'form', title: 'A form', detail: 'The host writes a preseed or kickstart file of it.', why: undefined },
        { id: 'file', title: 'A file of your own', detail: 'Preseed or kickstart, put in below. Only this VM gets it, and nobody reads it afterwards.', why: undefined },
        { id: 'person', title: 'You, in its console', detail: 'The installer asks.', why: undefined },
      ]} />
      {repository.answers === 'file' && field('seed', 'Preseed or kickstart file', 'The whole text.', { problem: 'seed', required: true, rows: 5 })}
      {repository.answers === 'form' && (
        <>
          <Box sx={GRID}>
            {field('hostname', 'Host name', several ? 'Each is called as its VM.' : 'Empty: made from the VM’s name.', { problem: 'installHostname', off: several })}
            {field('rootPassword', 'Password of root', 'Empty: root cannot log in by password.', { problem: 'rootPassword', type: 'password' })}
            <TextField select label="Its disk" value={repository.disk} disabled={busy} onChange={event => { set({ disk: event.target.value as RepositoryForm['disk'] }); }}>
              <MenuItem value="whole">One partition</MenuItem>
              <MenuItem value="lvm">LVM</MenuItem>
            </TextField>
            {field('user', 'User', 'Empty: none but root.', { problem: 'installUser' })}
            {field('userPassword', 'The user’s password', '', { type: 'password', off: repository.user.trim() === '' })}
            {field('packages', 'More packages', 'vim, curl')}
          </Box>
          {field('sshKeys', 'SSH keys', 'Public keys, one a line.', { rows: 2 })}
        </>
      )}
      {field('ca', 'CA of an https repository (PEM)', 'Only where it is not one that every system knows.', { rows: 1 })}
    </>
  );
};

/** Asks the host what is at the address; it fetches lists only. */
const Look = ({ repository: { url, distro, release, ca }, busy }: { repository: RepositoryForm; busy: boolean }) => {
  const session = useSession(), [looking, setLooking] = useState(false);
  const [seen, setSeen] = useState<{ url: string; found?: ReturnType<typeof readLook>; failure?: Failure } | undefined>(undefined);
  const look = async (): Promise<void> => {
    setLooking(true);
    try { setSeen({ url, found: readLook(await callPlugin(session, 'install_look', { url: url.trim(), distro, release: release.trim(), ca: ca.trim() })) }); } catch (error) { setSeen({ url, failure: failureOf(error) }); } finally { setLooking(false); }
  };
  const now = seen?.url === url ? seen : undefined;
  return (
    <>
      <Box><Button variant="outlined" size="small" disabled={busy || looking || url.trim() === ''} onClick={() => { void look(); }}>{looking ? 'Looking…' : 'Look what is there'}</Button></Box>
      {now?.failure && <FailureView what="Could not read the repository" failure={now.failure} session={session} />}
      {now?.found && <Alert severity={now.found.unchecked.length === 0 ? 'success' : 'warning'}>{now.found.found}{now.found.unchecked.length > 0 && <Box>Nobody could vouch for: {now.found.unchecked.join('; ')}</Box>}</Alert>}
    </>
  );
};
