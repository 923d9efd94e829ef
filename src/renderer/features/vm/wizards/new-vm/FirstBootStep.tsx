import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import type { FirstBootForm } from './new-vm';
import type { StepProps } from './steps';

const TEXT_MAX_CHARS = 262_144;

/** What the system in it is told at its first boot. */
export const FirstBootStep = ({ value, facts, problems, busy, change }: StepProps) => {
  const several = Number(value.count) > 1;
  const set = (part: Partial<FirstBootForm>): void => { change({ firstBoot: { ...value.firstBoot, ...part } }); };
  const field = (key: keyof FirstBootForm, label: string, hint: string, more: { type?: string; rows?: number; off?: boolean } = {}) => (
    <TextField label={label} value={value.firstBoot[key]} type={more.type ?? 'text'} disabled={busy || more.off === true} error={problems[key] !== undefined} helperText={problems[key] ?? hint} onChange={event => { set({ [key]: event.target.value }); }}
      {...(more.rows !== undefined && { multiline: true, minRows: more.rows, maxRows: 10 })} slotProps={{ htmlInput: { autoComplete: 'off', spellCheck: false, maxLength: TEXT_MAX_CHARS } }} />
  );
  const grid = { display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(13em, 1fr))', alignItems: 'start' };
  return (
    <Stack spacing={2}>
      {!facts.firstBoot && <Alert severity="info">What stands here is for systems that read it, such as cloud images: they get it on a small drive. Any other system does not notice.</Alert>}
      <Box sx={grid}>
        {field('hostname', 'Host name', several ? 'Each is called as its VM.' : 'Empty: made from the VM’s name.', { off: several })}
        {field('user', 'User', 'Empty: root.')}
        {field('password', 'Password', 'Only its hash is kept.', { type: 'password' })}
      </Box>
      {field('sshKeys', 'SSH keys', 'Public keys, one a line.', { rows: 2 })}
      <Box sx={grid}>
        {field('address', 'Address', several ? 'Several VMs have theirs by DHCP.' : 'Empty: by DHCP. Else with its prefix: 10.0.0.5/24', { off: several })}
        {field('gateway', 'Gateway', 'With a fixed address.', { off: several })}
        {field('dns', 'Name servers', 'With a fixed address; commas between.', { off: several })}
      </Box>
      {field('userData', 'Script or #cloud-config', 'Runs once, when there is a network. Begins with #! or #cloud-config.', { rows: 3 })}
    </Stack>
  );
};
