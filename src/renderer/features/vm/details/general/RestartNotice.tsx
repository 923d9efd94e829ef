import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import { useEffect, useState } from 'react';
import type { Ref, VMRecord } from '../../../../../shared/api';
import { useRecord, useSession, useSessionView } from '../../../../api';
import { outcome } from '../../../../parts/actions/outcome';
import { useScreen } from '../../../../parts/actions/stage';
import { whyNotMay } from '../../../../parts/session/may';
import { PendingChange } from '../../../../ui/PendingChange';
import { pendingOf } from './restart';

/** What counts only after a restart, each with the difference and a way back. Nothing while there is nothing. */
export const RestartNotice = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const metrics = useRecord('VM_metrics', vm.metrics);
  const booted = useBootRecord(vm, ref);
  const pending = pendingOf(vm, metrics, booted);
  if (pending.length === 0 && !(vm.requires_reboot && vm.power_state !== 'Halted')) return null;
  return (
    <Alert severity="warning" variant="outlined" icon={false} sx={{ py: 0.25, position: 'sticky', top: -16, zIndex: 1, bgcolor: 'background.paper' }}>
      {pending.length === 0 ? 'Something was changed that counts only after a restart of the VM.' : 'Set, but not in force before the VM restarts:'}
      <Box component="ul" aria-label="Counts after a restart" sx={{ m: 0, p: 0, listStyle: 'none' }}>
        {pending.map(({ id, what, now, then, revert }) => (
          <li key={id}><PendingChange what={what} now={now} then={then} why={whyNotMay(session, 'VM.add_to_platform')}
            onRevert={() => { void outcome(screen, session, { verb: `put back the ${what} of`, subject: vm.name_label, subjectRef: ref }, `Put back the ${what} of`, () => revert(session, ref)); }} /></li>
        ))}
      </Box>
    </Alert>
  );
};

/** The record of the last boot, asked for only when something differs from it. A host that does not keep one is no trouble. */
const useBootRecord = (vm: VMRecord, ref: Ref<'VM'>): VMRecord | undefined => {
  const session = useSession();
  const [booted, setBooted] = useState<VMRecord | undefined>(undefined);
  const wanted = vm.requires_reboot && vm.power_state !== 'Halted';
  useEffect(() => {
    let shown = true;
    const keep = (record: VMRecord | undefined): void => { if (shown) setBooted(record); };
    if (wanted) session.call('VM.get_boot_record', ref).then(keep, () => { keep(undefined); });
    return () => { shown = false; };
  }, [session, ref, wanted]);
  return wanted ? booted : undefined;
};
