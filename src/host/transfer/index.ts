import { compress } from './compression';
import type { Transfer } from './contract';
import { readXva, writeXva } from './xva';

export const transfer: Transfer = { writeXva, readXva, compress };
