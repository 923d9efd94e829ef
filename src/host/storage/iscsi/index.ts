import { ProgramError, runProgram } from '../../platform/run-program';
import { StorageError } from '../contract';
import type { StorageDriver } from '../contract';
import { initiatorName, listLuns, listTargets, portalOf } from './initiator';
import type { Portal } from './initiator';
import { ISCSI_CAPABILITIES, IscsiRepository } from './repository';

/* LUNs of an iSCSI target, each a disk. QEMU opens them itself, by libiscsi. */

const DEFAULT_PORT = 3260;
type Config = Readonly<Record<string, string>>;

export const iscsiDriver: StorageDriver = {
  type: 'iscsi', name: 'iSCSI LUNs', description: 'Each LUN of an iSCSI target is a virtual disk', contentType: 'user', shared: true,
  configuration: {
    target: 'address of the portal', 'port?': `TCP port of the portal, ${DEFAULT_PORT} if not given`, targetIQN: 'name of the target; SR.probe lists them',
    'chapuser?': 'user name, where the target asks for one', 'chappassword?': 'its password',
  },
  secretKeys: ['chappassword'],
  capabilities: [...ISCSI_CAPABILITIES, 'SR_PROBE'],
  async lacks() {
    for (const tool of ['iscsi-ls', 'iscsi-inq', 'iscsi-readcapacity16']) {
      try { await runProgram(tool, ['--usage']); } catch (error) {
        if (error instanceof ProgramError && error.kind === 'missing') return `${tool} is not installed (Debian: libiscsi-bin)`;
      }
    }
    return '';
  },
  async probe(config, signal) {
    const portal = await portalFrom(config), { targetIQN } = config;
    const known = Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'chappassword'));
    if (targetIQN === undefined || targetIQN === '') {
      return (await listTargets(portal, signal)).map(target => ({ config: { ...known, targetIQN: target }, label: `${target} at ${portalOf(portal)}`, complete: true }));
    }
    const luns = await listLuns(portal, targetIQN, signal), totalBytes = luns.reduce((sum, lun) => sum + lun.sizeBytes, 0);
    return [{ config: known, label: `${luns.length} ${luns.length === 1 ? 'LUN' : 'LUNs'} at ${portalOf(portal)}`, complete: true, sr: { space: { totalBytes, usedBytes: totalBytes, freeBytes: 0 } } }];
  },
  place: config => `iscsi://${portalOf(addressFrom(config))}/${targetFrom(config)}`,
  async attach(config) {
    const repository = new IscsiRepository(await portalFrom(config), targetFrom(config));
    await repository.scan();
    return repository;
  },
};

const portalFrom = async (config: Config): Promise<Portal> => {
  const { chapuser = '', chappassword } = config;
  if (chapuser === '' && chappassword !== undefined) throw new StorageError('bad-config', 'chapuser is missing: there is a password for nobody');
  return { ...addressFrom(config), initiator: await initiatorName(), ...(chapuser === '' ? {} : { user: chapuser, password: chappassword ?? '' }) };
};

const addressFrom = ({ target = '', port = '' }: Config): { address: string; port: number } => {
  const address = target.replace(/^\[(.*)\]$/, '$1').toLowerCase(), number = port === '' ? DEFAULT_PORT : Number(port);
  if (!/^[a-z0-9][a-z0-9.:_-]*$|^[0-9a-f:]+$/.test(address)) throw new StorageError('bad-config', `target "${target}" is no address of a portal`);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new StorageError('bad-config', `port "${port}" is no TCP port`);
  return { address, port: number };
};

const targetFrom = ({ targetIQN = '' }: Config): string => {
  if (!/^(iqn|eui|naa)\.[\w.:-]+$/i.test(targetIQN)) throw new StorageError('bad-config', `targetIQN "${targetIQN}" is no name of a target`);
  return targetIQN;
};
