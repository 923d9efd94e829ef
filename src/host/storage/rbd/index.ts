import { ProgramError, runProgram } from '../../platform/run-program';
import { StorageError } from '../contract';
import type { StorageDriver } from '../contract';
import { imagesOf, spaceOf } from './pool';
import type { Pool } from './pool';
import { RBD_CAPABILITIES, RbdRepository } from './repository';

/* Images of a Ceph pool as disks. QEMU opens them itself (librbd), with cephx. */

type Config = Readonly<Record<string, string>>;

export const rbdDriver: StorageDriver = {
  type: 'rbd', name: 'Ceph RBD', description: 'Images of a Ceph pool are virtual disks', contentType: 'user', shared: true,
  configuration: { monitors: 'addresses of the monitors, separated by commas', pool: 'name of the pool', 'user?': 'without "client.", admin if not given', key: 'the user\'s key' },
  secretKeys: ['key'],
  capabilities: [...RBD_CAPABILITIES, 'SR_PROBE'],
  async lacks() {
    for (const program of ['rbd', 'ceph']) {
      try { await runProgram(program, ['--version']); } catch (error) { if (error instanceof ProgramError && error.kind === 'missing') return `${program} is not installed (Debian: ceph-common)`; }
    }
    const asked = await runProgram('qemu-img', ['info', '--image-opts', 'driver=rbd,pool=none,image=none,conf=/nowhere']).catch(() => undefined);
    return asked !== undefined && !/Unknown (driver|protocol)/i.test(asked.stderr) ? '' : 'QEMU has no RBD driver (Debian: qemu-block-extra)';
  },
  async probe(config, signal) {
    const pool = poolFrom(config);
    signal.throwIfAborted();
    const { key: _secret, ...known } = config, images = await imagesOf(pool);
    return [{ config: known, label: `${pool.pool}, ${images.length === 1 ? '1 image' : `${images.length} images`}`, complete: true, sr: { space: await spaceOf(pool) } }];
  },
  place(config) { const { monitors, pool } = placeFrom(config); return `rbd://${[...monitors].sort().join(',')}/${pool}`; },
  async attach(config, log) {
    const repository = new RbdRepository(poolFrom(config));
    await repository.collect(log);
    await repository.scan();
    return repository;
  },
};

const poolFrom = (config: Config): Pool => {
  const { key = '' } = config;
  if (!/^[A-Za-z0-9+/]+=*$/.test(key)) throw new StorageError('bad-config', 'key is missing, or is none of Ceph\'s');
  return { ...placeFrom(config), key };
};
const placeFrom = ({ monitors = '', pool = '', user = '' }: Config): Omit<Pool, 'key'> => {
  const all = monitors.split(',').map(each => each.trim().toLowerCase()).filter(each => each !== ''), wrong = all.find(each => !/^(\[[0-9a-f:]+\]|[a-z0-9][a-z0-9._-]*)(:\d{1,5})?$/.test(each));
  if (all.length === 0 || wrong !== undefined) throw new StorageError('bad-config', `monitors "${wrong ?? monitors}" is no address`);
  if (!/^[\w.][\w.-]*$/.test(pool)) throw new StorageError('bad-config', `pool "${pool}" is no name of a pool`);
  if (!/^[\w.][\w.-]*$/.test(user === '' ? 'admin' : user)) throw new StorageError('bad-config', `user "${user}" is no name of a user`);
  return { monitors: all, pool, user: user === '' ? 'admin' : user };
};
