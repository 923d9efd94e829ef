import { readArchive } from './archive';
import { compress } from './compression';
import type { Transfer } from './contract';
import { writeOva } from './ova-writing';
import { streamFrom } from './pieces';
import { ask, push } from './push';
import { qcow2Stream } from './qcow2';
import { readRaw } from './raw-reading';
import { rawStream } from './raw-stream';
import { readSpooled, type SpoolPlace } from './spool';
import { fixedVhdStream, readVhd, vhdStream } from './vhd';
import { vhdxStream } from './vhdx';
import { readVmdk, vmdkStream } from './vmdk';
import { writeXva } from './xva';

/** @param spool for images that cannot be read as they come */
export const createTransfer = (spool: SpoolPlace): Transfer => {
  const readDisk: Transfer['readDisk'] = (bytes, format, { announcedBytes, signal }) => {
    switch (format) {
      case 'raw': return Promise.resolve(readRaw(bytes, announcedBytes));
      case 'vhd': return readVhd(bytes, announcedBytes);
      case 'vmdk': return readVmdk(bytes, announcedBytes, spool, signal);
      case 'qcow2': case 'vhdx': return readSpooled(bytes, format, announcedBytes, spool, signal);
    }
  };
  return {
    writeXva, writeOva, compress, push, ask, stream: streamFrom, readDisk, readArchive: readArchive(readDisk),
    writeDisk: (disk, format, how) => {
      switch (format) {
        case 'raw': return rawStream(disk);
        case 'vhd': return vhdStream(disk, how);
        case 'vhd-fixed': return fixedVhdStream(disk, how);
        case 'vhdx': return vhdxStream(disk, how);
        case 'qcow2': return qcow2Stream(disk);
        case 'vmdk': return vmdkStream(disk);
      }
    },
  };
};
