import Download from '@mui/icons-material/DownloadOutlined';
import Album from '@mui/icons-material/Album';
import Delete from '@mui/icons-material/DeleteOutlined';
import DriveFileMove from '@mui/icons-material/DriveFileMoveOutlined';
import Eject from '@mui/icons-material/Eject';
import LinkIcon from '@mui/icons-material/Link';
import LinkOff from '@mui/icons-material/LinkOff';
import OpenInFull from '@mui/icons-material/OpenInFull';
import RemoveCircle from '@mui/icons-material/RemoveCircleOutlined';
import Tune from '@mui/icons-material/Tune';
import { isNull, type Ref, type VBDRecord, type VDIRecord } from '../../../../../shared/api';
import type { Session } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { confirm } from '../../../../parts/actions/confirm';
import { whyNotOffered } from '../../../../parts/actions/offered';
import { outcome } from '../../../../parts/actions/outcome';
import { type Permission, whyNotMay } from '../../../../parts/session/may';
import { showExportDisk } from '../../../../parts/transfer/ExportDiskDialog';
import type { MenuEntry } from '../../../../ui/ActionMenu';
import { bytesText } from '../../../../ui/text';
import type { VmTarget } from '../../actions/vm-action';
import { showMoveDisks } from '../../wizards/move-disks/MoveDisksDialog';
import { showInsert } from './ChooseDiskDialog';
import { deleteDisk, removeFromVm } from './disks';
import { showDiskProperties } from './DiskPropertiesDialog';
import { showResize } from './ResizeDialog';

/* What can be done with one disk, or one drive, of a VM. */

export const diskEntries = (vm: VmTarget, ref: Ref<'VBD'>, stage: Stage): (readonly MenuEntry[])[] => {
  const { session } = vm;
  const vbd = session.records.get('VBD', ref);
  if (!vbd) return [];
  const vdi = vbd.empty || isNull(vbd.VDI) ? undefined : session.records.get('VDI', vbd.VDI);
  return vbd.type === 'CD' ? driveEntries(vm, ref, vbd, vdi, stage) : ownEntries(vm, ref, vbd, vdi, stage);
};

const ownEntries = (vm: VmTarget, ref: Ref<'VBD'>, vbd: VBDRecord, vdi: VDIRecord | undefined, stage: Stage): (readonly MenuEntry[])[] => {
  const { session } = vm;
  const name = vdi?.name_label || 'unnamed disk';
  const about = (verb: string) => ({ verb, subject: name, subjectRef: vm.ref });
  const mayNot = (permission: Permission): string | undefined => whyNotMay(session, permission) ?? (vdi ? undefined : 'The disk is gone.');
  const others = vdi ? usersOf(session, vdi, ref) : [];
  return [
    [
      { id: 'plug', label: 'Plug in', icon: LinkIcon, why: vbd.currently_attached ? 'It is plugged in.' : whyNotOffered(session, vbd, 'plug', 'Only while the VM runs: at its start every disk is plugged in.', 'VBD.plug'), run: () => { void outcome(stage, session, about('plug in'), 'Plugged in', () => session.run(about('plug in'), undefined, 'Async.VBD.plug', ref)); } },
      { id: 'unplug', label: 'Unplug', icon: LinkOff, why: !vbd.currently_attached ? 'It is not plugged in.' : whyNotOffered(session, vbd, 'unplug', 'The host does not offer to unplug it now.', 'VBD.unplug'), run: () => { void outcome(stage, session, about('unplug'), 'Unplugged', () => session.run(about('unplug'), undefined, 'Async.VBD.unplug', ref)); } },
    ],
    [
      { id: 'properties', label: 'Properties…', icon: Tune, why: mayNot('VBD.set_qos_algorithm_params'), run: () => { if (vdi) showDiskProperties({ session, of: ref, vbd, vdi, stage }); } },
      { id: 'resize', label: 'Resize…', icon: OpenInFull, why: mayNot('VDI.resize') ?? whyNotResize(session, vdi), run: () => { if (vdi) showResize({ session, of: vbd.VDI, vdi, stage }); } },
      { id: 'move', label: 'Move to another storage…', icon: DriveFileMove, why: mayNot('VDI.pool_migrate') ?? whyNotOffered(session, vdi, 'mirror', 'The host does not offer to move this disk now.', 'VDI.pool_migrate'), run: () => { showMoveDisks(stage, [vm], vbd.VDI); } },
      { id: 'export', label: 'Export…', icon: Download, why: mayNot('http/get_export_raw_vdi') ?? (vbd.currently_attached ? 'It is plugged in: unplug it, or shut the VM down; or export a snapshot.' : whyNotOffered(session, vdi, 'copy', 'The host does not offer to read this disk now.', 'http/get_export_raw_vdi')), run: () => { if (vdi) showExportDisk(stage, { session, ref: vbd.VDI, record: vdi }); } },
    ],
    [
      {
        id: 'detach', label: 'Detach from the VM…', icon: RemoveCircle, danger: true, why: whyNotMay(session, 'VBD.destroy'), run: () => {
          confirm(stage, {
            title: `Detach “${name}” from “${vm.record.name_label}”?`, verb: 'Detach', danger: false, warning: `The disk stays on its storage with all its data; “Attach disk” gives it back.${vbd.currently_attached ? ' It is unplugged from the running VM first.' : ''}`,
            apply: () => outcome(stage, session, about('detach'), 'Detached', () => removeFromVm(session, ref, vbd, name)),
          });
        },
      },
      {
        id: 'delete', label: 'Delete disk…', icon: Delete, danger: true, why: mayNot('VDI.destroy') ?? (others.length > 0 ? `Also used by ${others.join(' and ')}.` : undefined), run: () => {
          confirm(stage, {
            title: `Delete the disk “${name}”?`, verb: 'Delete disk', warning: `“${name}” (${bytesText(vdi?.virtual_size ?? 0)} on ${session.records.get('SR', vdi?.SR ?? '')?.name_label ?? 'unknown storage'}) will be gone for good, with all its data. There is no way back.`,
            apply: () => outcome(stage, session, about('delete disk'), 'Deleted disk', () => deleteDisk(session, ref, vbd, name)),
          });
        },
      },
    ],
  ];
};

const driveEntries = (vm: VmTarget, ref: Ref<'VBD'>, vbd: VBDRecord, disc: VDIRecord | undefined, stage: Stage): (readonly MenuEntry[])[] => {
  const { session } = vm;
  const about = (verb: string, subject: string) => ({ verb, subject, subjectRef: vm.ref });
  const name = disc?.name_label ?? 'disc';
  return [
    [
      { id: 'insert', label: disc ? 'Insert another disc…' : 'Insert disc…', icon: Album, why: disc ? whyNotOffered(session, vbd, 'eject', 'The host does not offer to eject the disc now.', 'VBD.eject') : whyNotOffered(session, vbd, 'insert', 'The host does not offer to insert a disc now.', 'VBD.insert'), run: () => { showInsert(stage, vm, { ref, record: vbd }); } },
      { id: 'eject', label: 'Eject', icon: Eject, why: disc ? whyNotOffered(session, vbd, 'eject', 'The host does not offer to eject the disc now.', 'VBD.eject') : 'The drive is empty.', run: () => { void outcome(stage, session, about('eject', name), 'Ejected', () => session.run(about('eject', name), undefined, 'Async.VBD.eject', ref)); } },
    ],
    [{
      id: 'remove', label: 'Remove the drive', icon: RemoveCircle, danger: true, why: whyNotMay(session, 'VBD.destroy') ?? (vbd.currently_attached ? 'Only while the VM is off.' : undefined),
      run: () => { void outcome(stage, session, about('remove the drive of', vm.record.name_label), 'Removed the drive of', () => removeFromVm(session, ref, vbd, 'CD drive')); },
    }],
  ];
};

const whyNotResize = (session: Session, vdi: VDIRecord | undefined): string | undefined =>
  (vdi?.allowed_operations.includes('resize_online') === true ? undefined : whyNotOffered(session, vdi, 'resize', 'This disk cannot be resized now: unplug it, or shut the VM down.', 'VDI.resize'));

const usersOf = (session: Session, vdi: VDIRecord, except: string): string[] => [...new Set(vdi.VBDs.filter(vbd => vbd !== except).map(vbd => {
  const name = session.records.get('VM', session.records.get('VBD', vbd)?.VM ?? '')?.name_label;
  return name === undefined ? 'another VM' : `“${name}”`;
}))];
