import type { DiskStats, MachineStats } from '../contract';
import { SECTOR_BYTES, userdeviceOfNumber } from './config';
import type { Domain } from './domain';
import type { Top } from './top';

/* What xentop saw, as metrics want it. It tells no vCPU's own time in less than seconds: each is given the same part of the domain's. How long a disk's operations
 * took nobody counts. */

export const statsOf = (domain: Pick<Domain, 'spec'>, { sample, cpuSeconds }: NonNullable<ReturnType<Top['of']>>): MachineStats => {
  const kinds = new Map(domain.spec.disks.map(({ userdevice, kind }) => [userdevice, kind]));
  return {
    vcpuSeconds: Array.from({ length: domain.spec.vcpus }, () => cpuSeconds / domain.spec.vcpus), // xentop counts those that could be, too
    memory: { actualBytes: sample.memoryKib * 1024 },
    disks: sample.disks.flatMap(({ device, reads, writes, readSectors, writtenSectors }): DiskStats[] => {
      const userdevice = userdeviceOfNumber(device), kind = userdevice === undefined ? undefined : kinds.get(userdevice);
      return userdevice === undefined || kind === undefined ? []
        : [{ userdevice, kind, readBytes: readSectors * SECTOR_BYTES, writtenBytes: writtenSectors * SECTOR_BYTES, reads, writes, readSeconds: 0, writeSeconds: 0 }];
    }),
  };
};
