import Delete from '@mui/icons-material/DeleteOutlined';
import DriveFileRename from '@mui/icons-material/DriveFileRenameOutlineOutlined';
import PlayArrow from '@mui/icons-material/PlayArrow';
import PowerOff from '@mui/icons-material/PowerOff';
import PowerSettingsNew from '@mui/icons-material/PowerSettingsNew';
import Box from '@mui/material/Box';
import { isNull, NULL_REF, type Ref, type VMApplianceRecord, type VMRecord } from '../../../../../shared/api';
import { type Session, useList, useRecord, useRecords, useSession } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { confirm } from '../../../../parts/actions/confirm';
import { whyNotOffered } from '../../../../parts/actions/offered';
import { outcome } from '../../../../parts/actions/outcome';
import { useScreen } from '../../../../parts/actions/stage';
import { APPLIANCES } from '../../../../parts/lists';
import { ObjectLink } from '../../../../parts/ObjectLink';
import { useSaved } from '../../../../parts/saved';
import { whyNotMay } from '../../../../parts/session/may';
import type { MenuEntry } from '../../../../ui/ActionMenu';
import { type Choice, EditableChoice } from '../../../../ui/EditableChoice';
import { MenuButton } from '../../../../ui/MenuButton';
import { Property } from '../../../../ui/Properties';
import { showNewAppliance, showRenameAppliance } from './lifecycle-dialogs';

/* The group (in XenAPI: appliance) of a VM: which one, who else is in it and in which order, and what can be done with all of them. */

const NEW_GROUP = 'new';

export const Group = ({ vm, of: ref, why }: { vm: VMRecord; of: Ref<'VM'>; why: string | undefined }) => {
  const session = useSession();
  const screen = useScreen();
  const saved = useSaved();
  const groups = useList(APPLIANCES);
  const group = useRecord('VM_appliance', vm.appliance);
  const choices: Choice[] = [
    { value: NULL_REF, text: 'none' }, ...groups.map(each => ({ value: each, text: session.records.get('VM_appliance', each)?.name_label || 'unnamed' })), { value: NEW_GROUP, text: 'New group…' },
  ];
  const set = (wanted: string): Promise<string | undefined> => {
    if (wanted !== NEW_GROUP) return saved(session.call('VM.set_appliance', ref, wanted as Ref<'VM_appliance'>));
    showNewAppliance(screen, session, ref);
    return Promise.resolve(undefined);
  };
  return (
    <>
      <Property name="Group">
        <EditableChoice label="Group" value={isNull(vm.appliance) ? NULL_REF : vm.appliance} choices={choices} why={why} onSave={set} />
        {group && <MenuButton label={`What to do with the group “${group.name_label}”`} groups={() => groupEntries(session, vm.appliance, group, screen)} />}
      </Property>
      {group && group.VMs.length > 0 && <Property name="VMs of the group"><Members group={group} /></Property>}
    </>
  );
};

/** As they start; they stop the other way round. */
const Members = ({ group }: { group: VMApplianceRecord }) => {
  const vms = useRecords('VM', group.VMs);
  const rows = [...vms].sort((a, b) => a.record.order - b.record.order || a.record.name_label.localeCompare(b.record.name_label));
  return (
    <Box component="ul" aria-label="VMs of the group" sx={{ m: 0, p: 0, listStyle: 'none' }}>
      {rows.map(({ ref, record }) => <li key={ref}>{record.order}: <ObjectLink cls="VM" of={ref} />{record.start_delay > 0 && `, then ${record.start_delay} s`}</li>)}
    </Box>
  );
};

const groupEntries = (session: Session, ref: Ref<'VM_appliance'>, group: VMApplianceRecord, stage: Stage): (readonly MenuEntry[])[] => {
  const about = (verb: string) => ({ verb, subject: group.name_label, subjectRef: ref });
  const each = (verb: string, done: string, work: () => Promise<unknown>): void => { void outcome(stage, session, about(verb), done, work); };
  return [
    [
      { id: 'start', label: 'Start all', icon: PlayArrow, why: whyNotOffered(session, group, 'start', 'No VM of the group is off.', 'VM_appliance.start'), run: () => { each('start the group', 'Started the group', () => session.run(about('start the group'), undefined, 'Async.VM_appliance.start', ref, false)); } },
      { id: 'shut-down', label: 'Shut down all', icon: PowerSettingsNew, why: whyNotOffered(session, group, 'clean_shutdown', 'No VM of the group runs.', 'VM_appliance.clean_shutdown'), run: () => { each('shut down the group', 'Shut down the group', () => session.run(about('shut down the group'), undefined, 'Async.VM_appliance.clean_shutdown', ref)); } },
      {
        id: 'force', label: 'Force off all…', icon: PowerOff, danger: true, why: whyNotOffered(session, group, 'hard_shutdown', 'All VMs of the group are off.', 'VM_appliance.hard_shutdown'), run: () => {
          confirm(stage, {
            title: `Force off all VMs of “${group.name_label}”?`, verb: 'Force off', warning: 'It is like pulling the plug of each: what their systems have not written yet is lost.',
            apply: () => { each('force off the group', 'Forced off the group', () => session.run(about('force off the group'), undefined, 'Async.VM_appliance.hard_shutdown', ref)); },
          });
        },
      },
    ],
    [
      { id: 'rename', label: 'Rename group…', icon: DriveFileRename, why: whyNotMay(session, 'VM_appliance.set_name_label'), run: () => { showRenameAppliance(stage, session, ref, group.name_label); } },
      {
        id: 'delete', label: 'Delete group…', icon: Delete, danger: true, why: whyNotMay(session, 'VM_appliance.destroy'), run: () => {
          confirm(stage, {
            title: `Delete the group “${group.name_label}”?`, verb: 'Delete group', danger: false, warning: 'Its VMs stay as they are, and are in no group afterwards.',
            apply: () => { each('delete the group', 'Deleted the group', () => session.call('VM_appliance.destroy', ref)); },
          });
        },
      },
    ],
  ];
};
