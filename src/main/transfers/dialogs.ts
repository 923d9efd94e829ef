/* The system's own dialogs: the page never learns where a file is. */
import { dialog } from 'electron';
import type { FilePurpose } from '../../shared/ipc';
import type { Dialogs } from './files';

const ALL = { name: 'All files', extensions: ['*'] };
const KINDS: Readonly<Record<FilePurpose, { title: string; name: string; extensions: string[] }>> = {
  iso: { title: 'Disc images', name: 'Disc images', extensions: ['iso', 'ISO', 'img'] },
  any: { title: 'Import', name: 'VMs, disks and disc images', extensions: ['xva', 'ova', 'ovf', 'vhd', 'vhdx', 'vmdk', 'qcow2', 'raw', 'img', 'iso'] },
  disk: { title: 'Import a disk', name: 'Disks', extensions: ['vhd', 'vhdx', 'vmdk', 'qcow2', 'raw', 'img', 'dd'] },
};

export const systemDialogs: Dialogs = {
  open: async purpose => {
    const { title, name, extensions } = KINDS[purpose];
    return (await dialog.showOpenDialog({ title, properties: ['openFile', 'multiSelections'], filters: [{ name, extensions }, ALL] })).filePaths;
  },
  save: async suggestedName => {
    const extension = /\.([a-z0-9]+)$/i.exec(suggestedName)?.[1];
    const { filePath } = await dialog.showSaveDialog({ title: 'Export', defaultPath: suggestedName, filters: [...(extension === undefined ? [] : [{ name: extension.toUpperCase(), extensions: [extension] }]), ALL] });
    return filePath === '' ? undefined : filePath;
  },
};
