/* What Xen's tools say, as this engine needs it. Recorded answers of Xen 4.17 stand beside the tests. */

/** One domain in `xl list -v`. */
export interface Seen {
  id: number;
  name: string;
  uuid: string;
  memoryMib: number;
  vcpus: number;
  isPaused: boolean;
  isCrashed: boolean;
  isDying: boolean;
  /** Its guest is off, and why, in Xen's numbers. */
  endReason?: number;
}

/** Name (which may hold spaces), ID, memory, vCPUs, state by position (r b p s c d), seconds, uuid, reason. */
const LISTED = /^(.*?)\s+(\d+)\s+(\d+)\s+(\d+)\s+([a-z-]{6})\s+[\d.]+\s+([0-9a-f-]{36})\s+(\d+|-)/;
export const readList = (text: string): Seen[] => text.split('\n').flatMap((line): Seen[] => {
  const [found, name = '', id, memory, vcpus, state = '', uuid = '', reason = '-'] = LISTED.exec(line) ?? [];
  if (found === undefined) return [];
  return [{
    id: Number(id), name, uuid, memoryMib: Number(memory), vcpus: Number(vcpus), isPaused: state[2] === 'p', isCrashed: state[4] === 'c', isDying: state[5] === 'd',
    ...(state[3] === 's' && reason !== '-' ? { endReason: Number(reason) } : {}),
  }];
});

export interface XenInfo { version: string; capabilities: string; hasHvm: boolean; totalMib: number; freeMib: number; cpus: number; nodes: number; scheduler: string; commandLine: string }
/** `xl info`: one `key : value` a line. */
export const readInfo = (text: string): XenInfo => {
  const said = new Map(text.split('\n').map(line => { const at = line.indexOf(':'); return [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const; }));
  const of = (key: string): string => said.get(key) ?? '', number = (key: string): number => Number(of(key)) || 0;
  return {
    version: of('xen_version'), capabilities: of('xen_caps'), hasHvm: of('virt_caps').split(' ').includes('hvm'), totalMib: number('total_memory'), freeMib: number('free_memory'),
    cpus: number('nr_cpus'), nodes: number('nr_nodes'), scheduler: of('xen_scheduler'), commandLine: of('xen_commandline'),
  };
};

/** Of `xl list -l ID`: what a domain has now. */
export interface Devices { disks: readonly { vdev: string; path: string; isCd: boolean }[]; nics: readonly { devid: number; mac: string }[]; type: string }
interface RawConfig { config?: { c_info?: { type?: string }; disks?: { vdev?: string; pdev_path?: string; is_cdrom?: number | boolean }[]; nics?: { devid?: number; mac?: string }[] } }
export const readDevices = (text: string): Devices => {
  const all = JSON.parse(text) as RawConfig[] | RawConfig, config = (Array.isArray(all) ? all[0] : all)?.config;
  return {
    type: config?.c_info?.type ?? '',
    disks: (config?.disks ?? []).map(({ vdev = '', pdev_path = '', is_cdrom }) => ({ vdev, path: pdev_path, isCd: is_cdrom === true || is_cdrom === 1 })),
    nics: (config?.nics ?? []).map(({ devid = 0, mac = '' }) => ({ devid, mac })),
  };
};

/** One domain at one moment of `xentop -b -f -x`. */
export interface Sample { name: string; cpuSeconds: number; cpuPercent: number; memoryKib: number; isPaused: boolean; disks: readonly { device: number; reads: number; writes: number; readSectors: number; writtenSectors: number }[] }

const DOMAIN = /^\s*(.*?)\s+([d-][s-][b-][c-][p-][r-])\s+(\d+)\s+([\d.]+)\s+(\d+)\s+[\d.]+\s+(?:\d+|no limit)\s+(?:[\d.]+|n\/a)\s+\d+\s/;
const DISK = /^VBD\s.*?\s(\d+)\s+\[.*?RD:\s*(\d+)\s+WR:\s*(\d+)\s+RSECT:\s*(\d+)\s+WSECT:\s*(\d+)/;
/** Whether a line begins another look at all domains. */
export const isHeading = (line: string): boolean => /^\s*NAME\s+STATE\s/.test(line);
/** The lines of one look. */
export const readSamples = (lines: readonly string[]): Sample[] => {
  const samples: (Sample & { disks: Sample['disks'][number][] })[] = [];
  for (const line of lines) {
    const [isDisk, device, ...counted] = DISK.exec(line) ?? [];
    if (isDisk !== undefined) {
      const [reads = 0, writes = 0, readSectors = 0, writtenSectors = 0] = counted.map(Number);
      samples.at(-1)?.disks.push({ device: Number(device), reads, writes, readSectors, writtenSectors });
      continue;
    }
    const [isDomain, name = '', state = '', seconds, percent, memory] = DOMAIN.exec(line) ?? [];
    if (isDomain !== undefined) samples.push({ name, cpuSeconds: Number(seconds), cpuPercent: Number(percent), memoryKib: Number(memory), isPaused: state[4] === 'p', disks: [] });
  }
  return samples;
};
