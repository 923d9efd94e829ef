import { useEffect, useState } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import type { VMRecord } from '../../../../shared/api';
import { type OutsideClient, useRecord, useWorld } from '../../../api';
import { WhyButton } from '../../../ui/WhyButton';

const NAMES: Readonly<Record<OutsideClient, string>> = { ssh: 'SSH', rdp: 'Remote Desktop' };
const ADDRESSES_MAX = 4;
interface Way { client: OutsideClient; address: string }

/** The person's own SSH or RDP program, where the guest answers to it. */
export const OutsideButtons = ({ vm }: { vm: VMRecord }) => {
  const world = useWorld();
  const guest = useRecord('VM_guest_metrics', vm.guest_metrics);
  const addresses = addressesOf(guest?.networks ?? {}).join(' ');
  const [found, setFound] = useState<{ at: string; ways: readonly Way[] }>({ at: '', ways: [] });
  const [missing, setMissing] = useState<OutsideClient | undefined>(undefined);
  useEffect(() => {
    if (addresses === '') return;
    let left = false;
    void Promise.all(addresses.split(' ').map(async address => (await world.answers(address)).map(client => ({ client, address })))).then(all => { if (!left) setFound({ at: addresses, ways: all.flat() }); });
    return () => { left = true; };
  }, [world, addresses]);
  const ways = found.at === addresses ? found.ways : [];
  return (
    <Box sx={{ display: 'flex', gap: 1, alignItems: 'center', flexWrap: 'wrap' }}>
      {(Object.keys(NAMES) as OutsideClient[]).map(client => {
        const way = ways.find(each => each.client === client);
        return way && <WhyButton key={client} label={NAMES[client]} hint={`${NAMES[client]} to ${way.address}, in your own program`} why={undefined} onClick={() => { void world.reach(client, way.address).then(done => { setMissing(done ? undefined : client); }); }} />;
      })}
      {missing && <Typography role="alert" variant="body2" color="error">This computer has no program for {NAMES[missing]} addresses.</Typography>}
    </Box>
  );
};

/** Those that lead anywhere from here: not the link-local ones. */
const addressesOf = (networks: Readonly<Record<string, string>>): readonly string[] =>
  [...new Set(Object.entries(networks).filter(([key]) => /^\d+\/(ip|ipv4\/\d+|ipv6\/\d+)$/.test(key)).map(([, address]) => address.trim()))].filter(address => address !== '' && !/^(fe80|169\.254\.|127\.|::1$)/i.test(address) && !address.includes(' ')).slice(0, ADDRESSES_MAX);
