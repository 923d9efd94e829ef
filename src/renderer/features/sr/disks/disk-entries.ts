import ContentCopy from '@mui/icons-material/ContentCopy';
import Download from '@mui/icons-material/DownloadOutlined';
import Delete from '@mui/icons-material/DeleteOutlined';
import DriveFileMove from '@mui/icons-material/DriveFileMoveOutlined';
import LinkOff from '@mui/icons-material/LinkOff';
import DriveFileRename from '@mui/icons-material/DriveFileRenameOutlineOutlined';
import OpenInFull from '@mui/icons-material/OpenInFull';
import type { Stage } from '../../../parts/actions/action';
import { confirm } from '../../../parts/actions/confirm';
import { whyNotOffered } from '../../../parts/actions/offered';
import { outcome } from '../../../parts/actions/outcome';
import { type Permission, whyNotMay } from '../../../parts/session/may';
import { showExportDisk } from '../../../parts/transfer/ExportDiskDialog';
import type { MenuEntry } from '../../../ui/ActionMenu';
import { bytesText, listText } from '../../../ui/text';
import { usersOf } from '../sr-target';
import { type DiskTarget, showCarryDisk, showRenameDisk, showResizeDisk } from './DiskDialogs';

/** What can be done with one disk of a storage repository: as its allowed_operations say. */
export const diskEntries = (disk: DiskTarget, stage: Stage): (readonly MenuEntry[])[] => {
  const { session, ref, record } = disk;
  const name = record.name_label || 'unnamed disk';
  const why = (operation: string, otherwise: string, permission: Permission): string | undefined => whyNotOffered(session, record, operation, otherwise, permission);
  const users = usersOf(session, record);
  const about = { verb: 'delete disk', subject: name, subjectRef: ref };
  const remove = (): void => {
    confirm(stage, {
      title: `Delete the disk “${name}”?`, verb: 'Delete disk',
      warning: `“${name}” (${bytesText(record.virtual_size)}) will be gone for good, with all its data.${users.length > 0 ? ` It belongs to ${listText(users.map(user => `“${user}”`))}, which will not have it any more.` : ' No VM has it.'} There is no way back.`,
      apply: () => outcome(stage, session, about, 'Deleted disk', () => session.run(about, undefined, 'Async.VDI.destroy', ref)),
    });
  };
  const aboutForget = { ...about, verb: 'forget disk' };
  const forget = (): void => {
    confirm(stage, {
      title: `Forget the disk “${name}”?`, verb: 'Forget',
      warning: `Its image is not where it was. The host forgets it${users.length > 0 ? `, and ${listText(users.map(user => `“${user}”`))} will not have it any more` : ''}; if the image comes back, a rescan shows it as a disk that nobody has.`,
      apply: () => outcome(stage, session, aboutForget, 'Forgot disk', () => session.run(aboutForget, undefined, 'Async.VDI.forget', ref)),
    });
  };
  return [
    [
      { id: 'rename', label: 'Rename…', icon: DriveFileRename, why: whyNotMay(session, 'VDI.set_name_label'), run: () => { showRenameDisk(stage, disk); } },
      { id: 'resize', label: 'Resize…', icon: OpenInFull, why: why('resize', 'x', 'VDI.resize') === undefined ? undefined : why('resize_online', 'This disk cannot be resized now.', 'VDI.resize'), run: () => { showResizeDisk(stage, disk); } },
    ],
    [
      { id: 'copy', label: 'Copy to another storage…', icon: ContentCopy, why: why('copy', 'The host does not offer to copy this disk now.', 'VDI.copy'), run: () => { showCarryDisk(stage, disk, 'copy'); } },
      { id: 'move', label: 'Move to another storage…', icon: DriveFileMove, why: why('mirror', 'The host does not offer to move this disk now.', 'VDI.pool_migrate'), run: () => { showCarryDisk(stage, disk, 'move'); } },
      { id: 'export', label: 'Export…', icon: Download, why: why('copy', 'The host does not offer to read this disk now.', 'http/get_export_raw_vdi'), run: () => { showExportDisk(stage, disk); } },
    ],
    ...(record.missing ? [[{ id: 'forget', label: 'Forget…', icon: LinkOff, danger: true, why: why('forget', 'The host does not offer to forget this disk now.', 'VDI.forget'), run: forget }]] : []),
    [{ id: 'delete', label: 'Delete disk…', icon: Delete, danger: true, why: why('destroy', users.length > 0 ? `In use by ${listText(users.map(user => `“${user}”`))}.` : 'The host does not offer to delete this disk now.', 'VDI.destroy'), run: remove }],
  ];
};
