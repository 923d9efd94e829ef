import { rm } from 'node:fs/promises';
import { UNFINISHED, publishFile } from '../../platform/durable-files';
import type { Entry } from './catalogue';
import { asStorageError } from './directory';
import { imageTool } from './images';

/** QEMU cannot grow a VHD: a larger one takes its place, in one step. */
export const growVhd = async ({ path }: Entry, virtualSizeBytes: number): Promise<void> => {
  const unfinished = `${path}${UNFINISHED}`;
  try {
    await imageTool('create', '-q', '-f', 'vpc', '-o', 'subformat=dynamic,force_size=on', unfinished, String(virtualSizeBytes));
    await imageTool('convert', '-n', '-f', 'vpc', '-O', 'vpc', '--target-is-zero', path, unfinished);
    await publishFile(unfinished, path, 0o600);
  } catch (error) { await rm(unfinished, { force: true }); throw asStorageError(error); }
};
