import { ApiError, isNull, nullRef, type Ref } from '../../../shared/api';
import { constructorFields } from '../constructor-fields';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { freeVbdDevices, userdeviceNumber } from './devices';
import { assertLimits } from './settings';

/** Names a disk as part of a VM. It takes effect at the VM's next start, or by VBD.plug. */
export const create = (desk: Desk): Handler<'VBD.create'> => (_context, args): Ref<'VBD'> =>
  desk.store.transaction(tx => {
    tx.get('VM', args.VM);
    const empty = args.empty || isNull(args.VDI);
    if (args.type === 'Floppy') throw new ApiError('VALUE_NOT_SUPPORTED', 'type', args.type, 'a VBD is a Disk or a CD');
    if (empty && args.type !== 'CD') throw new ApiError('VALUE_NOT_SUPPORTED', 'empty', 'true', 'only a CD drive can be empty');
    if (args.type === 'CD' && args.mode === 'RW') throw new ApiError('VBD_CDS_MUST_BE_READONLY');
    if (!empty) {
      const vdi = tx.get('VDI', args.VDI);
      if (!vdi.managed) throw new ApiError('VDI_NOT_MANAGED', args.VDI);
      if (vdi.read_only && args.mode === 'RW') throw new ApiError('VDI_READONLY', args.VDI);
    }
    assertLimits(args);
    const free = freeVbdDevices(tx, args.VM);
    const wanted = args.userdevice === 'autodetect' || args.userdevice === '' ? free[0] : userdeviceNumber(args.userdevice);
    if (wanted === undefined) throw new ApiError('INVALID_DEVICE', args.userdevice);
    if (!free.includes(wanted)) throw new ApiError('DEVICE_ALREADY_EXISTS', wanted);
    return tx.create('VBD', {
      ...constructorFields('VBD', args), userdevice: wanted, device: '', empty, VDI: empty ? nullRef<'VDI'>() : args.VDI, currently_attached: false, unpluggable: args.type !== 'CD',
      qos_supported_algorithms: ['ratelimit'],
    });
  });
