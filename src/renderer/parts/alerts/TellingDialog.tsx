import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import type { SecretRecord } from '../../../shared/api';
import type { Session } from '../../api';
import { WorkDialog } from '../actions/WorkDialog';
import { hasPlugin } from '../host/plugin';
import { POOLS } from '../lists';
import { setOtherConfig } from './other-config';
import { SendTest } from './SendTest';

interface Field { key: string; label: string; hint?: string; kind?: 'priority' | 'security' | 'secret'; /** Hosts of others do not know it. */ ours?: boolean }
const MAIL: readonly Field[] = [
  { key: 'mail-destination', label: 'To', hint: 'E-mail addresses, with commas between; empty: nothing is sent' }, { key: 'ssmtp-mailhub', label: 'Mail server', hint: 'NAME or NAME:PORT' },
  { key: 'mail-sender', label: 'From', hint: 'Empty: noreply at the name of the host' }, { key: 'mail-min-priority', label: 'From this priority on', kind: 'priority' },
  { key: 'mail-security', label: 'Encryption', kind: 'security', ours: true }, { key: 'mail-user', label: 'Name at the mail server', ours: true }, { key: 'mail-password-secret', label: 'Password', kind: 'secret', ours: true },
];
const WEBHOOK: readonly Field[] = [
  { key: 'webhook-url', label: 'Address', hint: 'Begins with https://; empty: nothing is sent', ours: true }, { key: 'webhook-url-secret', label: 'Address that is a password itself', kind: 'secret', hint: 'As of Slack and Teams; instead of the address', ours: true }, { key: 'webhook-min-priority', label: 'From this priority on', kind: 'priority', ours: true },
  { key: 'webhook-secret', label: 'Secret that signs', kind: 'secret', ours: true }, { key: 'webhook-fingerprint', label: 'Fingerprint of its certificate', hint: 'SHA-256; empty: one that the host’s machine trusts', ours: true },
];
const CHOICES = {
  priority: [['', '3 and more important (usual)'], ['1', '1 alone'], ['2', '2 and more important'], ['3', '3 and more important'], ['4', '4: also what is well again'], ['5', '5: everything']],
  security: [['', 'Where the server offers it (usual)'], ['starttls', 'Always (STARTTLS)'], ['tls', 'From the beginning (TLS)'], ['none', 'Never']],
} as const;
const TEXT_MAX_CHARS = 1_000;

/** Whom the host tells of alerts, by e-mail and by webhook. */
export const TellingDialog = ({ session, close }: { session: Session; close: () => void }) => {
  const pool = session.records.index(POOLS).refs[0] ?? '';
  const config = session.records.get('pool', pool)?.other_config ?? {};
  const ours = hasPlugin(session);
  const shown = [MAIL, WEBHOOK].map(fields => fields.filter(field => ours || field.ours !== true));
  const [values, setValues] = useState<Readonly<Record<string, string>>>(() => Object.fromEntries(shown.flat().map(({ key, kind }) => [key, kind === 'secret' ? '' : config[key] ?? ''])));
  const [forgotten, setForgotten] = useState<ReadonlySet<string>>(new Set());
  const apply = async (): Promise<void> => {
    for (const { key, kind } of shown.flat()) {
      const value = (values[key] ?? '').trim();
      if (kind !== 'secret' || (value === '' && forgotten.has(key))) await setOtherConfig(session, 'pool', pool, key, value);
      else if (value !== '') await keepSecret(session, pool, key, value);
    }
    // It is kept now: what is saved again must not make another one of it.
    setValues(Object.fromEntries(shown.flat().map(({ key, kind }) => [key, kind === 'secret' ? '' : values[key] ?? ''])));
  };
  // As it is typed: what is incomplete is not worth a try.
  const isSet = (...keys: readonly string[]): boolean => keys.some(key => (values[key] ?? '').trim() !== '' || (key.endsWith('-secret') && (config[key] ?? '') !== '' && !forgotten.has(key)));
  return (
    <WorkDialog title="E-mail and webhook" verb="Save" failed="Could not set who is told of alerts" session={session} width="md" apply={apply} close={close}>
      {shown.map((fields, i) => fields.length > 0 && (
        <Box key={i} role="group" aria-label={i === 0 ? 'E-mail' : 'Webhook'}>
          <Typography component="h3" variant="subtitle2" sx={{ mb: 1.5 }}>{i === 0 ? 'E-mail' : 'Webhook'}</Typography>
          <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 17em), 1fr))' }}>
            {fields.map(field => <FieldBox key={field.key} group={i === 0 ? 'E-mail' : 'Webhook'} field={field} kept={(config[field.key] ?? '') !== '' && !forgotten.has(field.key)} onForget={() => { setForgotten(new Set([...forgotten, field.key])); }} value={values[field.key] ?? ''} onChange={value => { setValues({ ...values, [field.key]: value }); }} />)}
          </Box>
          {ours && (i === 0 ? <SendTest session={session} way="mail" name="E-mail" blocked={!isSet('mail-destination') || !isSet('ssmtp-mailhub')} save={apply} /> : <SendTest session={session} way="webhook" name="Webhook" blocked={!isSet('webhook-url', 'webhook-url-secret')} save={apply} />)}
        </Box>
      ))}
      <Typography variant="body2" sx={{ color: 'text.secondary' }}>The host itself sends, whether a console is open or not. Passwords are kept as secrets of the host, and are shown nowhere.</Typography>
    </WorkDialog>
  );
};

const FieldBox = ({ group, field: { label, hint, kind }, kept, value, onForget, onChange }: { group: string; field: Field; kept: boolean; value: string; onForget: () => void; onChange: (value: string) => void }) => {
  if (kind === 'priority' || kind === 'security') {
    return (
      <TextField select label={label} value={value} onChange={event => { onChange(event.target.value); }} slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true, SelectDisplayProps: { 'aria-label': `${group}: ${label}` } } }}>
        {CHOICES[kind].map(([id, text]) => <MenuItem key={id} value={id} dense>{text}</MenuItem>)}
      </TextField>
    );
  }
  const keeping = kept ? 'One is kept; empty leaves it as it is' : ['None is kept', hint].filter(Boolean).join('. ');
  const forget = kind === 'secret' && kept && <Button size="small" onClick={onForget} aria-label={`${group}: Forget ${label}`}>Forget</Button>;
  return (
    <TextField label={label} value={value} type={kind === 'secret' ? 'password' : 'text'} helperText={kind === 'secret' ? keeping : hint} autoComplete="off" onChange={event => { onChange(event.target.value); }}
      slotProps={{ htmlInput: { maxLength: TEXT_MAX_CHARS, 'aria-label': `${group}: ${label}` }, input: { endAdornment: forget } }} />
  );
};

/** Under a new name; the old one goes when nothing names it any more. */
const keepSecret = async (session: Session, pool: string, key: string, value: string): Promise<void> => {
  const secret = await session.call('secret.create', { value, other_config: {} } as Partial<SecretRecord> as SecretRecord);
  try { await setOtherConfig(session, 'pool', pool, key, await session.call('secret.get_uuid', secret)); } catch (error) {
    await session.call('secret.destroy', secret).catch(() => undefined);
    throw error;
  }
};
