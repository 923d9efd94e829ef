import { ProgramError, runProgram } from '../../platform/run-program';
import { StorageError } from '../contract';
import type { StorageDriver } from '../contract';
import { contentOf, lookAtGroup, lvmLacks, makeGroup, openGroup, takeGroupAway } from './group';
import { ALLOCATION, isThin } from './index';
import { LVM_CAPABILITIES } from './repository';
import { login, logout, portalOf } from './session';
import type { Target } from './session';

/* Logical volumes on a LUN that the kernel's initiator brings. */

type Config = Readonly<Record<string, string>>;
const DEFAULT_PORT = 3260;

export const lvmOverIscsiDriver: StorageDriver = {
  type: 'lvmoiscsi', name: 'LVM over iSCSI', description: 'Logical volumes on a LUN of an iSCSI target', contentType: 'user', shared: false,
  configuration: {
    target: 'address of the portal', 'port?': `TCP port of the portal, ${DEFAULT_PORT} if not given`, targetIQN: 'name of the target',
    'LUNid?': 'number of the LUN, where the target has several', 'chapuser?': 'user name, where the target asks for one', 'chappassword?': 'its password', 'allocation?': ALLOCATION,
  },
  secretKeys: ['chappassword'],
  capabilities: [...LVM_CAPABILITIES, 'SR_PROBE'],
  async lacks() {
    try { await runProgram('iscsiadm', ['--version']); } catch (error) {
      if (error instanceof ProgramError && error.kind === 'missing') return 'iscsiadm is not installed (Debian: open-iscsi)';
    }
    return lvmLacks();
  },
  async probe(config) {
    const { chappassword: _secret, ...known } = config, target = targetFrom(config), disks = await login(target);
    try {
      return (await Promise.all([...disks].map(async ([lun, disk]) => {
        const at = { ...known, LUNid: String(lun) }, found = await lookAtGroup(at, [disk]);
        if (found.length > 0) return found;
        const content = await contentOf(disk);
        return [{ config: at, complete: content === '', label: content === '' ? `LUN ${lun}: empty` : `LUN ${lun} is not empty: ${content}` }];
      }))).flat();
    } finally { await logout(target).catch(() => { /* it is in use by then */ }); }
  },
  place(config) {
    const target = targetFrom(config);
    return `iscsi://${portalOf(target)}/${target.iqn}${config['LUNid'] === undefined ? '' : `/${config['LUNid']}`}`;
  },
  async prepare(config, srUuid) {
    const target = targetFrom(config);
    try { await makeGroup([await diskOf(target, config)], srUuid, isThin(config)); } catch (error) { await logout(target).catch(() => {}); throw error; }
  },
  async wipe(config, srUuid) {
    const target = targetFrom(config);
    await takeGroupAway([await diskOf(target, config)], srUuid);
    await logout(target);
  },
  async attach(config, log) {
    const target = targetFrom(config);
    try { return await openGroup([await diskOf(target, config)], log, () => logout(target)); } catch (error) { await logout(target).catch(() => {}); throw error; }
  },
};

const diskOf = async (target: Target, { LUNid = '' }: Config): Promise<string> => {
  const disks = await login(target), numbers = [...disks.keys()].join(', ');
  if (LUNid === '' && disks.size > 1) throw new StorageError('bad-config', `LUNid is missing: the target has ${numbers}`);
  const disk = LUNid === '' ? [...disks.values()][0] : disks.get(Number(LUNid));
  if (disk === undefined) throw new StorageError('bad-config', `LUNid "${LUNid}" is not there; the target has ${numbers}`);
  return disk;
};

const targetFrom = ({ target = '', port = '', targetIQN = '', chapuser = '', chappassword }: Config): Target => {
  const address = target.replace(/^\[(.*)\]$/, '$1').toLowerCase(), number = port === '' ? DEFAULT_PORT : Number(port);
  if (!/^[a-z0-9][a-z0-9.:_-]*$|^[0-9a-f:]+$/.test(address)) throw new StorageError('bad-config', `target "${target}" is no address of a portal`);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) throw new StorageError('bad-config', `port "${port}" is no TCP port`);
  if (!/^(iqn|eui|naa)\.[\w.:-]+$/i.test(targetIQN)) throw new StorageError('bad-config', `targetIQN "${targetIQN}" is no name of a target`);
  return { address, port: number, iqn: targetIQN, ...(chapuser === '' ? {} : { user: chapuser, password: chappassword ?? '' }) };
};
