import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Stack from '@mui/material/Stack';
import { useState } from 'react';
import { useSession } from '../../../../api';
import { CopyButton } from '../../../../ui/CopyButton';
import { Properties, Property } from '../../../../ui/Properties';
import { bytesText, GIB, inSentence, MIB } from '../../../../ui/text';
import type { StepProps } from './steps';
import { callsOf, commandOf, namesOf, whyBoots } from './wish';

const NAMES_SHOWN = 5;

/** All of it in a few lines, and the calls behind it. */
export const FinishStep = ({ value, facts, busy, change }: StepProps) => {
  const session = useSession();
  const [shown, setShown] = useState(false);
  const names = namesOf(value), boots = whyBoots(session, value, facts), { records } = session, networks = value.networks ?? facts.networkRefs;
  const canBeInstant = records.get('VM', value.template)?.other_config['instant-state'] !== undefined;
  const more = value.disks.map(({ gib }) => bytesText(Number(gib) * GIB));
  return (
    <Stack spacing={2}>
      {facts.memoryFreeBytes !== undefined && value.start && Number(value.memoryMib) * MIB * names.length > facts.memoryFreeBytes && (
        <Alert severity="warning">The host has {bytesText(facts.memoryFreeBytes)} of memory free now, and {names.length === 1 ? 'it wants' : `the ${names.length} want`} {bytesText(Number(value.memoryMib) * MIB * names.length)}: not all may start.</Alert>
      )}
      <Properties title={names.length === 1 ? 'What is made' : `What is made, ${names.length} times`}>
        <Property name="Name">{names.slice(0, NAMES_SHOWN).join(', ')}{names.length > NAMES_SHOWN ? ' …' : ''}</Property>
        <Property name="Template">{records.get('VM', value.template)?.name_label}</Property>
        <Property name="Size">{value.vcpus} vCPU{value.vcpus === '1' ? '' : 's'}, {bytesText(Number(value.memoryMib) * MIB)} of memory</Property>
        <Property name="Disks">{[...(facts.diskBytes === undefined ? [] : [bytesText(Number(value.diskGib) * GIB)]), ...more].join(', ') || 'none'}</Property>
        <Property name="Networks">{networks.map(ref => records.get('network', ref)?.name_label ?? 'unnamed').join(', ') || 'none'}</Property>
        <Property name="Start">{!value.start ? 'not now' : boots === undefined ? 'goes on from the template’s booted state, in seconds' : `boots: ${inSentence(boots)}`}</Property>
      </Properties>
      {canBeInstant && <FormControlLabel control={<Checkbox size="small" checked={value.boots} disabled={busy} onChange={(_event, checked) => { change({ boots: checked }); }} />} label="Boot it, do not go on from the template’s booted state" />}
      <FormControlLabel control={<Checkbox size="small" checked={shown} onChange={(_event, checked) => { setShown(checked); }} />} label="Show the API calls" />
      {shown && [['API calls', callsOf(session, value, facts)], ['Command line', commandOf(session, value, facts)]].map(([what = '', text = '']) => (
        <Box key={what} component="section" aria-label={what}>
          <Box sx={{ display: 'flex', alignItems: 'center', typography: 'subtitle2' }}>{what}<CopyButton text={text} what={what} /></Box>
          <Box component="pre" tabIndex={0} sx={{ m: 0, p: 1, maxHeight: 220, overflow: 'auto', bgcolor: 'action.hover', borderRadius: 1, typography: 'caption', fontFamily: 'monospace', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{text}</Box>
        </Box>
      ))}
    </Stack>
  );
};
