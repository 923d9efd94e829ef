import Computer from '@mui/icons-material/ComputerOutlined';
import Delete from '@mui/icons-material/DeleteOutlined';
import LibraryAdd from '@mui/icons-material/LibraryAddOutlined';
import Restore from '@mui/icons-material/Restore';
import type { Ref } from '../../../../../shared/api';
import type { Found } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import type { MenuEntry } from '../../../../ui/ActionMenu';
import { type VmTarget, whyNotRecord } from '../../actions/vm-action';
import { showFromSnapshot } from '../../wizards/snapshot/FromSnapshotDialog';
import { showRevert } from '../../wizards/snapshot/RevertDialog';
import { showDeleteSnapshots } from '../../wizards/snapshot/DeleteSnapshotsDialog';

/** What can be done with one snapshot, for its buttons and its menu. */
export const snapshotEntries = (vm: VmTarget, found: Found<'VM'>, stage: Stage): MenuEntry[] => {
  const { session } = vm;
  const snapshot = { ref: found.ref as Ref<'VM'>, record: found.record };
  const why = (operation: 'revert' | 'clone' | 'destroy'): string | undefined => whyNotRecord(session, session.records.get('VM', snapshot.ref), operation);
  return [
    { id: 'revert', label: 'Revert…', icon: Restore, why: why('revert'), run: () => { showRevert(stage, vm, snapshot); } },
    { id: 'new-vm', label: 'New VM…', icon: Computer, why: why('clone'), run: () => { showFromSnapshot(stage, { vm, snapshot, as: 'VM' }); } },
    { id: 'template', label: 'New template…', icon: LibraryAdd, why: why('clone'), run: () => { showFromSnapshot(stage, { vm, snapshot, as: 'template' }); } },
    { id: 'delete', label: 'Delete…', icon: Delete, danger: true, why: why('destroy'), run: () => { showDeleteSnapshots(stage, vm, [snapshot]); } },
  ];
};
