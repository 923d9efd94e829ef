import { delay } from '../../platform/clock';
import { EngineError } from '../contract';
import type { CpuShare, DiskImage, DiskSpec, MachineDevices, NicSpec } from '../contract';
import { diskLine, nicLine, userdeviceOf, vdevOf } from './config';
import type { Domain, Tools } from './domain';
import { readDevices } from './parse';

/* What is changed of a domain that runs. */

const CONNECT_WAIT_MS = 60_000, LOOK_AGAIN_MS = 100, MIB = 2 ** 20, CONNECTED = '4';
const EVERYBODYS_WEIGHT = 256;

export const attachDisk = async ({ xl, xenstore }: Tools, domain: Domain, disk: DiskSpec): Promise<void> => {
  domain.needAlive();
  const line = diskLine(disk, domain.type);
  if (line !== undefined) {
    if (disk.image?.source.by === 'file' && !domain.servesFiles) throw new EngineError('unsupported', NO_FILE_SERVER);
    const before = await xenstore.list(`/local/domain/${domain.id}/device/vbd`);
    await xl(['block-attach', String(domain.id), line]);
    await connected({ xl, xenstore }, domain, 'vbd', before, () => xl(['block-detach', String(domain.id), vdevOf(disk.userdevice, domain.type)]));
  }
  await domain.keep({ disks: [...domain.spec.disks.filter(({ userdevice }) => userdevice !== disk.userdevice), disk] });
};
const NO_FILE_SERVER = 'this machine was started without a disk in a file, and Xen serves it none later: shut it down, add the disk, start it';

/** The guest has to let go; `xl` waits for it a while. */
export const detachDisk = async ({ xl }: Tools, domain: Domain, userdevice: string, signal: AbortSignal): Promise<void> => {
  domain.needAlive();
  const had = domain.spec.disks.find(disk => disk.userdevice === userdevice);
  if (!had || diskLine(had, domain.type) !== undefined) await xl(['block-detach', String(domain.id), vdevOf(userdevice, domain.type)], { signal });
  await domain.keep({ disks: domain.spec.disks.filter(disk => disk.userdevice !== userdevice) });
};

/** A paravirtualised guest has no drive: the disc comes and goes as a disk. */
export const changeMedium = async (tools: Tools, domain: Domain, userdevice: string, image: DiskImage | undefined): Promise<void> => {
  domain.needAlive();
  const drive = domain.spec.disks.find(disk => disk.userdevice === userdevice);
  if (drive?.kind !== 'CD') throw new EngineError('refused', `there is no CD drive ${userdevice}`);
  const { image: before, ...empty } = drive, vdev = vdevOf(userdevice, domain.type), disks = domain.withDisk(userdevice, image);
  if (domain.type === 'hvm') {
    const line = image && diskLine({ ...empty, image }, 'hvm');
    await tools.xl(line === undefined ? ['cd-eject', String(domain.id), vdev] : ['cd-insert', String(domain.id), vdev, line.replace(/^.*target=/, '')]);
  } else {
    if (before) await tools.xl(['block-detach', String(domain.id), vdev]);
    if (image) { await attachDisk(tools, domain, { ...empty, image }); return; }
  }
  await domain.keep({ disks });
};

export const attachNic = async ({ xl, xenstore }: Tools, domain: Domain, nic: NicSpec): Promise<void> => {
  domain.needAlive();
  const before = await xenstore.list(`/local/domain/${domain.id}/device/vif`);
  await xl(['network-attach', String(domain.id), ...nicLine(nic, await domain.writeNicScript(nic)).split(',')]);
  await connected({ xl, xenstore }, domain, 'vif', before, () => xl(['network-detach', String(domain.id), nic.device]));
  await domain.keep({ nics: [...domain.spec.nics.filter(({ device }) => device !== nic.device), nic] });
};
export const detachNic = async ({ xl }: Tools, domain: Domain, device: string, signal: AbortSignal): Promise<void> => {
  domain.needAlive();
  await xl(['network-detach', String(domain.id), device], { signal });
  await domain.keep({ nics: domain.spec.nics.filter(nic => nic.device !== device) });
};

/** Whatever `xl` answered: the device that came is there when both ends say so. A guest that stands still connects when it goes on. */
const connected = async ({ xenstore }: Pick<Tools, 'xl' | 'xenstore'>, domain: Domain, kind: 'vbd' | 'vif', before: readonly string[], undo: () => Promise<unknown>): Promise<void> => {
  if (domain.power === 'paused') return;
  const place = `/local/domain/${domain.id}/device/${kind}`, limit = AbortSignal.timeout(CONNECT_WAIT_MS);
  while (!limit.aborted) {
    const came = (await xenstore.list(place)).filter(one => !before.includes(one));
    if (came.length > 0 && (await Promise.all(came.map(one => xenstore.read(`${place}/${one}/state`)))).every(state => state === CONNECTED)) return;
    if (domain.state === 'gone') throw new EngineError('not-running', 'the machine ended');
    await delay(LOOK_AGAIN_MS);
  }
  await undo().catch(() => { /* the guest never answered for it */ });
  throw new EngineError('refused', 'the guest does not take the device: has it the driver of Xen\'s front end?');
};

export const devices = async ({ xl }: Tools, domain: Domain, vcpus: number): Promise<MachineDevices> => {
  const now = readDevices(await xl(['list', '-l', String(domain.id)]));
  const kinds = new Map(domain.spec.disks.map(({ userdevice, kind }) => [userdevice, kind]));
  const disks = now.disks.flatMap(({ vdev, path, isCd }) => {
    const userdevice = userdeviceOf(vdev);
    return userdevice === undefined ? [] : [{ userdevice, kind: isCd ? 'CD' as const : kinds.get(userdevice) ?? 'Disk' as const, empty: path === '' }];
  });
  const drives = domain.spec.disks.filter(({ kind, userdevice }) => kind === 'CD' && !disks.some(disk => disk.userdevice === userdevice)).map(({ userdevice }) => ({ userdevice, kind: 'CD' as const, empty: true }));
  return { disks: [...disks, ...drives], nics: now.nics.map(({ devid }) => String(devid)), vcpus };
};

export const balloon = async ({ xl }: Tools, domain: Domain, targetBytes: number): Promise<void> => {
  domain.needAlive();
  await xl(['mem-set', String(domain.id), `${Math.floor(targetBytes / MIB)}m`]);
  await domain.keep({ memoryTargetBytes: targetBytes });
};
export const setVcpus = async ({ xl }: Tools, domain: Domain, count: number): Promise<void> => {
  domain.needAlive();
  const most = domain.spec.vcpusMax ?? domain.spec.vcpus;
  if (!Number.isInteger(count) || count < 1 || count > most) throw new EngineError('unsupported', `this machine was started for at most ${most} processors`);
  await xl(['vcpu-set', '--ignore-host', String(domain.id), String(count)]);
  await domain.keep({ vcpus: count });
};
export const shareCpu = async ({ xl }: Tools, domain: Domain, share: CpuShare, scheduler: string): Promise<void> => {
  domain.needAlive();
  const command = scheduler === 'credit' ? 'sched-credit' : 'sched-credit2';
  await xl([command, '-d', String(domain.id), '-w', String(share.weight ?? EVERYBODYS_WEIGHT), '-c', String(share.capPercent ?? 0)]);
  await xl(['vcpu-pin', String(domain.id), 'all', share.mask === undefined || share.mask.length === 0 ? 'all' : share.mask.join(',')]);
  const { cpuShare: _, ...spec } = domain.spec;
  domain.spec = spec;
  await domain.keep({ cpuShare: share });
};
