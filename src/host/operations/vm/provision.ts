import { randomUUID } from 'node:crypto';
import { ApiError, isNull, type Ref } from '../../../shared/api';
import type { StoredVdi } from '../../storage/contract';
import type { CallContext, Handler } from '../contract';
import type { Desk } from '../desk';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { freeVbdDevices, userdeviceNumber } from '../vbd/devices';
import { invalid } from './limits';
import { assertRoom, closeIntents, makeVdiStep, recordVdi, roundSize } from '../vdi/make';

/* Makes a VM of a cloned template: the disks that other_config:disks asks for, then the template mark goes.
 *   <provision><disk device="0" size="10737418240" sr="<uuid>" bootable="true" type="system"/></provision>
 */

interface Wanted { device: string; sizeBytes: number; sr: Ref<'SR'>; bootable: boolean; type: 'system' | 'user'; uuid: string; stored?: StoredVdi }

export const provision = (desk: Desk): Handler<'VM.provision'> => (context, vm) =>
  desk.lock.run(context, vm, 'provision', async signal => {
    const record = desk.store.get('VM', vm);
    if (record.is_default_template) throw new ApiError('OPERATION_NOT_ALLOWED', 'a default template stays one; clone it');
    const wanted = parseDisks(desk, vm, record.other_config.disks ?? '');
    const srs = new Set(wanted.map(disk => disk.sr));
    for (const sr of srs) await assertRoom(desk, sr, wanted.filter(disk => disk.sr === sr).reduce((sum, disk) => sum + disk.sizeBytes, 0));
    await makeDisks(desk, context, vm, wanted, signal);
    for (const sr of srs) await refreshSpace(desk, sr);
  });

const makeDisks = (desk: Desk, context: CallContext, vm: Ref<'VM'>, wanted: readonly Wanted[], signal: AbortSignal): Promise<void> => {
  const nameOf = (disk: Wanted): string => `${desk.store.get('VM', vm).name_label} ${disk.device}`;
  return runPlan([
    ...wanted.map(disk => makeVdiStep(desk, {
      uuid: disk.uuid, sr: disk.sr, name: nameOf(disk), operation: 'create',
      make: repository => repository.create({ uuid: disk.uuid, name: nameOf(disk), virtualSizeBytes: disk.sizeBytes, format: 'qcow2' }), made: stored => { disk.stored = stored; },
    }, 10)),
    {
      name: 'record', weight: 1,
      do: () => {
        desk.store.transaction(tx => {
          for (const disk of wanted) {
            if (!disk.stored) continue;
            const VDI = recordVdi(tx, disk.sr, disk.stored, { name_label: nameOf(disk), type: disk.type });
            tx.create('VBD', { VM: vm, VDI, userdevice: disk.device, bootable: disk.bootable, mode: 'RW', type: 'Disk', unpluggable: true, empty: false, qos_supported_algorithms: ['ratelimit'] });
          }
          const { disks: _disks, 'install-methods': _methods, ...other_config } = tx.get('VM', vm).other_config;
          tx.set('VM', vm, { is_a_template: false, other_config });
        });
      },
    },
    closeIntents(desk, () => wanted.map(disk => disk.uuid)),
  ], { of: 'VM.provision', signal, progress: context.task.progress, log: desk.log });
};

const DISK = /<disk((?:\s+\w+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(?:\/>|>\s*<\/disk>)/g, ATTRIBUTE = /(\w+)\s*=\s*(["'])(.*?)\2/g;
const PROVISION = new RegExp(`^\\s*(?:(?:<\\?xml[^>]*>\\s*)?<provision\\s*(?:/>|>(?:\\s*${DISK.source})*\\s*</provision>)\\s*)?$`);
const parseDisks = (desk: Desk, vm: Ref<'VM'>, xml: string): Wanted[] => {
  const free = freeVbdDevices(desk.store, vm);
  // What cannot be read must not become a VM that lacks the disks somebody asked for.
  if (!PROVISION.test(xml)) throw invalid('other_config:disks', xml);
  return [...xml.matchAll(DISK)].map(([, text = '']) => {
    const attributes = new Map([...text.matchAll(ATTRIBUTE)].map(([, name = '', , value = '']) => [name, value]));
    const device = userdeviceNumber(attributes.get('device') ?? '');
    if (device === undefined) throw new ApiError('INVALID_DEVICE', attributes.get('device') ?? '');
    const at = free.indexOf(device);
    if (at < 0) throw new ApiError('DEVICE_ALREADY_EXISTS', device);
    free.splice(at, 1);
    const type = attributes.get('type') === 'system' ? 'system' : 'user';
    return { device, sizeBytes: roundSize(Number(attributes.get('size'))), sr: srOf(desk, attributes.get('sr') ?? ''), bootable: attributes.get('bootable') === 'true', type, uuid: randomUUID() };
  });
};

/** An empty uuid means the pool's default SR. */
const srOf = (desk: Desk, uuid: string): Ref<'SR'> => {
  if (uuid !== '') return desk.store.byUuid('SR', uuid);
  const sr = [...desk.store.all('pool').values()][0]?.default_SR;
  if (sr === undefined || isNull(sr)) throw new ApiError('DEFAULT_SR_NOT_FOUND', sr ?? '');
  return sr;
};
