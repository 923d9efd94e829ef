import { compress } from './compression';
import type { Transfer } from './contract';
import { streamFrom } from './pieces';
import { push } from './push';
import { qcow2Stream } from './qcow2';
import { readRaw } from './raw-reading';
import { rawStream } from './raw-stream';
import { readSpooled, type SpoolPlace } from './spool';
import { readVhd, vhdStream } from './vhd';
import { readXva, writeXva } from './xva';

/** @param spool for images that cannot be read as they come */
export const createTransfer = (spool: SpoolPlace): Transfer => ({
  writeXva, readXva, compress, push, stream: streamFrom,
  writeDisk: (disk, format, how) => {
    switch (format) {
      case 'raw': return rawStream(disk);
      case 'vhd': return vhdStream(disk, how);
      case 'qcow2': return qcow2Stream(disk);
    }
  },
  readDisk: (bytes, format, { announcedBytes, signal }) => {
    switch (format) {
      case 'raw': return Promise.resolve(readRaw(bytes, announcedBytes));
      case 'vhd': return readVhd(bytes, announcedBytes);
      case 'qcow2': case 'vmdk': case 'vhdx': return readSpooled(bytes, format, announcedBytes, spool, signal);
    }
  },
});
