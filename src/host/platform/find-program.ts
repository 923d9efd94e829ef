import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Where a program is; undefined: it is not installed. */
export const findProgram = (name: string, path = process.env['PATH'] ?? DEFAULT_PATH): string | undefined =>
  path.split(delimiter).map(folder => join(folder, name)).find(file => { try { accessSync(file, constants.X_OK); return true; } catch { return false; } });
