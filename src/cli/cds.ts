/* Finds CD images and drives: what xe's verbs for CDs have in common. */
import { isNull, type Records, type Ref } from '../shared/api';
import type { Client } from '../client';
import { drivesOf, type Drive } from './drives';
import { CannotError, UsageError, type Context, type Parameter } from './verb';
import { VM_PARAMETERS, vmOf } from './vms';

export const CD_NAME: Parameter = { name: 'cd-name', about: 'the name of the CD image, or its uuid', required: true };
/** For every verb that works on one VM's drive. */
export const DRIVE_PARAMETERS: readonly Parameter[] = [...VM_PARAMETERS, { name: 'device', about: 'which drive, when there are several: its userdevice' }];

/** The images and the drives of all repositories for CDs. */
export const allCds = async (client: Client): Promise<readonly (readonly [Ref<'VDI'>, Records['VDI']])[]> => {
  const [srs, vdis] = await Promise.all([client.call('SR.get_all_records'), client.call('VDI.get_all_records')]);
  return (Object.entries(vdis) as [Ref<'VDI'>, Records['VDI']][]).filter(([, vdi]) => srs[vdi.SR]?.content_type === 'iso').sort(([, a], [, b]) => a.name_label.localeCompare(b.name_label));
};

export const cdNamed = async (client: Client, name: string): Promise<readonly [Ref<'VDI'>, Records['VDI']]> => {
  if (name === '') throw new UsageError('which CD? Give cd-name=');
  const fitting = (await allCds(client)).filter(([, vdi]) => vdi.name_label === name || vdi.uuid === name), [first, second] = fitting;
  if (second) throw new CannotError(`${fitting.length} CDs are called "${name}"; take one by its uuid: ${fitting.map(([, { uuid }]) => uuid).join(', ')}`);
  if (!first) throw new CannotError(`there is no CD "${name}"; "xe cd-list" lists them`);
  return first;
};

/** The one drive that is meant. */
export const driveOf = async (context: Context, wanted: (drive: Drive) => boolean, none: string): Promise<Drive> => {
  const device = context.values.get('device'), fitting = (await drivesOf(context.client, await vmOf(context), 'CD')).filter(drive => (device === undefined || drive.record.userdevice === device) && wanted(drive)), [first, second] = fitting;
  if (!first) throw new CannotError(none);
  if (second) throw new UsageError(`this VM has several drives; which one? Give device=, one of ${fitting.map(({ record }) => record.userdevice).join(', ')}`);
  return first;
};

export const isLoaded = ({ record }: Drive): boolean => !record.empty && !isNull(record.VDI);
