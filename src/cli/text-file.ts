/* Files whose content goes to the host: secrets, keys, answers. What is typed itself is for every user of this machine to see. */
import { readFileSync } from 'node:fs';
import { UsageError } from './verb';

/** @param parameter for the complaint */
export const textOf = (parameter: string, path: string): string => {
  try { return readFileSync(path, 'utf8'); } catch (error) { throw new UsageError(`${parameter}= cannot be read: ${(error as Error).message}`); }
};

/** A password or another secret: what stands on the first line. */
export const firstLineOf = (parameter: string, path: string): string => textOf(parameter, path).split(/\r?\n/)[0] ?? '';
