import Box from '@mui/material/Box';
import type { Ref, VMRecord } from '../../../../../shared/api';
import { PropertyGrid } from '../../../../ui/Properties';
import { Boot } from './Boot';
import { Guest } from './Guest';
import { Identity } from './Identity';
import { Lifecycle } from './Lifecycle';
import { Processors } from './Processors';
import { RestartNotice } from './RestartNotice';

/** All that is set on a VM, edited where it stands. */
export const VmGeneral = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => (
  <Box sx={{ display: 'flex', flexDirection: 'column', gap: 2 }}>
    <RestartNotice vm={vm} of={ref} />
    <PropertyGrid>
      <Identity vm={vm} of={ref} />
      <Guest vm={vm} />
      <Processors vm={vm} of={ref} />
      <Boot vm={vm} of={ref} />
      <Lifecycle vm={vm} of={ref} />
    </PropertyGrid>
  </Box>
);
