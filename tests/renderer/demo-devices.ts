/* What a DemoHost answers about disks, network cards, snapshots and the maps of a VM: enough to follow a screen's work from end to end. */
import type { ClassName, Records, Ref } from '../../src/shared/api';
import type { DemoHost } from './demo-host';
import { put, recordOf, refOf } from './demo-records';

type Answer = (args: readonly unknown[]) => unknown;
const NONE = 'OpaqueRef:NULL';
const FREE_DEVICES = ['0', '1', '2', '3', '4', '5', '6', '7'];
const MAPS = ['other_config', 'platform', 'HVM_boot_params', 'VCPUs_params', 'blocked_operations'] as const;

export const deviceAnswers = (host: DemoHost): Map<string, Answer> => {
  let last = 0;
  const get = <C extends ClassName>(_cls: C, ref: unknown): Records[C] => host.world.get(String(ref))?.record as Records[C];
  const add = <C extends ClassName>(cls: C, fields: Partial<Records[C]>): Ref<C> => {
    const ref = put(host.world, cls, `made ${++last}`, fields);
    host.change(cls, ref, {});
    return ref;
  };
  const vmOf = (ref: unknown): Records['VM'] => get('VM', ref);
  const running = (ref: unknown): boolean => vmOf(ref).power_state === 'Running';

  const snapshot = (vm: string, name: string, memory: boolean): string => {
    const record = vmOf(vm);
    const disks = record.VBDs.map(vbd => {
      const own = get('VBD', vbd);
      const image = get('VDI', own.VDI);
      const vdi = add('VDI', { ...image, is_a_snapshot: true, snapshot_of: own.VDI, VBDs: [] });
      const copy = add('VBD', { ...own, VDI: vdi, currently_attached: false });
      host.change('VDI', vdi, { VBDs: [copy] });
      return copy;
    });
    const made = refOf('VM', `snapshot ${++last}`);
    host.world.set(made, { cls: 'VM', record: recordOf('VM', {
      ...record, uuid: `${made} uuid`, name_label: name, name_description: '', is_a_snapshot: true, is_a_template: true, snapshot_of: vm as Ref<'VM'>, snapshot_time: `202603${String(10 + last).padStart(2, '0')}T10:00:00Z`,
      power_state: memory ? 'Suspended' : 'Halted', VBDs: disks, VIFs: [], consoles: [], snapshots: [], current_operations: {},
      ...(memory && { suspend_VDI: add('VDI', { name_label: 'Memory', type: 'suspend', SR: refOf('SR', 'local'), physical_utilisation: 1024 ** 2 }) }),
    }) });
    host.change('VM', made, {});
    for (const disk of disks) host.change('VBD', disk, { VM: made });
    host.change('VM', vm, { snapshots: [...record.snapshots, made], parent: made });
    return made;
  };

  const setMap = (field: typeof MAPS[number], ref: unknown, key: unknown, value: string | undefined): string => {
    const { [String(key)]: _old, ...rest } = vmOf(ref)[field];
    host.change('VM', String(ref), { [field]: value === undefined ? rest : { ...rest, [String(key)]: value } });
    return '';
  };
  const change = <C extends ClassName>(cls: C, ref: unknown, fields: Partial<Records[C]>): string => { host.change(cls, String(ref), fields); return ''; };

  return new Map<string, Answer>([
    ['VM.get_allowed_VBD_devices', ([vm]) => FREE_DEVICES.filter(device => !vmOf(vm).VBDs.some(vbd => get('VBD', vbd).userdevice === device))],
    ['VM.get_allowed_VIF_devices', ([vm]) => FREE_DEVICES.filter(device => !vmOf(vm).VIFs.some(vif => get('VIF', vif).device === device))],
    ['VDI.create', ([record]) => {
      const fields = record as Records['VDI'];
      const made = add('VDI', { ...fields, allowed_operations: ['resize', 'mirror', 'destroy'], managed: true });
      change('SR', fields.SR, { VDIs: [...get('SR', fields.SR).VDIs, made] });
      return made;
    }],
    ['VBD.create', ([record]) => {
      const fields = record as Records['VBD'];
      const made = add('VBD', { ...fields, allowed_operations: fields.empty ? ['insert'] : running(fields.VM) ? ['plug'] : [] });
      change('VM', fields.VM, { VBDs: [...vmOf(fields.VM).VBDs, made] });
      if (!fields.empty) change('VDI', fields.VDI, { VBDs: [...get('VDI', fields.VDI).VBDs, made] });
      return made;
    }],
    ['VBD.destroy', ([ref]) => {
      const { VM, VDI } = get('VBD', ref);
      if (host.world.has(VM)) change('VM', VM, { VBDs: vmOf(VM).VBDs.filter(vbd => vbd !== ref) });
      if (host.world.has(VDI)) change('VDI', VDI, { VBDs: get('VDI', VDI).VBDs.filter(vbd => vbd !== ref) });
      host.remove('VBD', String(ref));
      return '';
    }],
    ['VBD.plug', ([ref]) => change('VBD', ref, { currently_attached: true, allowed_operations: ['unplug'] })],
    ['VBD.unplug', ([ref]) => change('VBD', ref, { currently_attached: false, allowed_operations: ['plug'] })],
    ['VBD.insert', ([ref, vdi]) => change('VBD', ref, { VDI: vdi as Ref<'VDI'>, empty: false, allowed_operations: ['eject'] })],
    ['VBD.eject', ([ref]) => change('VBD', ref, { VDI: NONE as Ref<'VDI'>, empty: true, allowed_operations: ['insert'] })],
    ['VDI.pool_migrate', ([vdi, sr]) => { change('VDI', vdi, { SR: sr as Ref<'SR'> }); return vdi; }],
    ['VIF.create', ([record]) => {
      const fields = record as Records['VIF'];
      const made = add('VIF', { ...fields, MAC: fields.MAC === '' ? '02:16:3e:00:00:0a' : fields.MAC, allowed_operations: running(fields.VM) ? ['plug'] : [] });
      change('VM', fields.VM, { VIFs: [...vmOf(fields.VM).VIFs, made] });
      return made;
    }],
    ['VIF.destroy', ([ref]) => { const { VM } = get('VIF', ref); change('VM', VM, { VIFs: vmOf(VM).VIFs.filter(vif => vif !== ref) }); host.remove('VIF', String(ref)); return ''; }],
    ['VIF.plug', ([ref]) => change('VIF', ref, { currently_attached: true, allowed_operations: ['unplug'] })],
    ['VIF.unplug', ([ref]) => change('VIF', ref, { currently_attached: false, allowed_operations: ['plug'] })],
    ['VIF.move', ([ref, network]) => change('VIF', ref, { network: network as Ref<'network'> })],
    ['VM.snapshot', ([vm, name]) => snapshot(String(vm), String(name), false)],
    ['VM.snapshot_with_quiesce', ([vm, name]) => snapshot(String(vm), String(name), false)],
    ['VM.checkpoint', ([vm, name]) => snapshot(String(vm), String(name), true)],
    ['VM.revert', ([ref]) => { const { snapshot_of: vm, power_state } = vmOf(ref); return change('VM', vm, { parent: ref as Ref<'VM'>, power_state }); }],
    ['VM.suspend', ([vm]) => change('VM', vm, { power_state: 'Suspended' })],
    ['VM.resume', ([vm]) => change('VM', vm, { power_state: 'Running' })],
    ['VM.set_memory_dynamic_range', ([vm, min, max]) => change('VM', vm, { memory_dynamic_min: Number(min), memory_dynamic_max: Number(max) })],
    ['VM.set_VCPUs_number_live', ([vm, count]) => change('VM_metrics', vmOf(vm).metrics, { VCPUs_number: Number(count) })],
    ['VM.add_tags', ([vm, tag]) => change('VM', vm, { tags: [...vmOf(vm).tags, String(tag)] })],
    ['VM.remove_tags', ([vm, tag]) => change('VM', vm, { tags: vmOf(vm).tags.filter(each => each !== tag) })],
    ['VM_appliance.create', ([record]) => add('VM_appliance', record as Records['VM_appliance'])],
    ['VTPM.create', ([vm]) => { const made = add('VTPM', { VM: vm as Ref<'VM'>, allowed_operations: ['destroy'] }); change('VM', vm, { VTPMs: [made] }); return made; }],
    ['VTPM.destroy', ([ref]) => { change('VM', get('VTPM', ref).VM, { VTPMs: [] }); host.remove('VTPM', String(ref)); return ''; }],
    ...MAPS.flatMap((field): [string, Answer][] => [
      [`VM.add_to_${field}`, ([vm, key, value]) => setMap(field, vm, key, String(value))],
      [`VM.remove_from_${field}`, ([vm, key]) => setMap(field, vm, key, undefined)],
    ]),
    ['pool.add_to_other_config', ([pool, key, value]) => change('pool', pool, { other_config: { ...get('pool', pool).other_config, [String(key)]: String(value) } })],
    ['host.call_plugin', ([, , fn]) => (fn === 'console_log' ? '\u001b[32mLinux\u001b[0m version 6.1\r\nWelcome\r\n' : '')],
  ]);
};
