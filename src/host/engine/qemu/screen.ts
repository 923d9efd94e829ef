import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { readTail } from '../../platform/durable-files';
import { EngineError } from '../contract';
import type { Machine } from './machine';

/** 8K, and a picture that cannot be packed. */
const PICTURE_MAX_BYTES = 128 * 1024 * 1024;

/** What is on the screen now, as PNG. QEMU writes it into its own directory; nothing of it stays there. */
export const screenshot = async (machine: Machine): Promise<Buffer> => {
  machine.needAlive();
  const file = machine.directory.file(`screen-${randomUUID()}.png`);
  try {
    await machine.command('screendump', { filename: file, format: 'png' });
    const picture = await readTail(file, PICTURE_MAX_BYTES);
    if (picture.length === 0 || picture.length === PICTURE_MAX_BYTES) throw new EngineError('refused', 'the machine gives no picture of its screen');
    return picture;
  } finally { await rm(file, { force: true }); }
};
