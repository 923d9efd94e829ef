import { ApiError, isNull, type Records, type Ref } from '../../../shared/api';
import type { CallContext } from '../contract';
import type { Desk } from '../desk';
import { argument, type PluginFunction } from '../host/plugin-function';
import { runPlan, type Step } from '../plan';
import { create as createVbd } from '../vbd/create';
import { freeVbdDevices } from '../vbd/devices';
import { create as createVdi } from '../vdi/create';
import { resize } from '../vdi/resize';
import { create as createVif } from '../vif/create';
import { cloneVm } from './clone';
import { discardVm } from './discard';
import { HALF_MADE } from './duplicate';
import { readFirstBoot, setFirstBoot } from './first-boot';
import { setRepository } from './installer/plugin';
import { INSTANT_WISH, START_MODE } from './instant';
import { assertMemoryOrder, assertVcpus, invalid } from './limits';
import { provision } from './provision';
import { startHalfMade } from './start';
import { filledVbds } from './spec';

/* A VM from a template, whole or not at all, in one call: what a wizard collects. Done on the host, so that a console that is killed meanwhile leaves nothing half
 * made; a host that is killed takes it away at its next start (discard.ts). XenAPI's own way (VM.clone, set, VM.provision, VM.start) does the same step by step. */

/** Of install_set, each with repo_ before it. */
const REPOSITORY = ['url', 'distro', 'release', 'arch', 'ca', 'args', 'seed', 'form'] as const;
/** Texts: everything but template and name_label may be absent. */
const FIRST_BOOT = ['hostname', 'user', 'password', 'ssh_keys', 'address', 'gateway', 'dns', 'user_data'] as const;
interface Wish {
  template: Ref<'VM'>; name: string; description: string; vcpus: number | undefined; memoryBytes: number | undefined; systemBytes: number | undefined;
  disks: readonly { sizeBytes: number; sr: Ref<'SR'> }[]; networks: readonly Ref<'network'>[] | undefined; cd: Ref<'VDI'> | undefined; drivers: Ref<'VDI'> | undefined; order: string; firmware: string;
  firstBoot: Readonly<Record<string, string>> | undefined; instant: boolean; repository: Readonly<Record<string, string>> | undefined; start: boolean; marks: Readonly<Record<string, string>>;
}

/**
 * `vm_install {template, name_label, name_description?, vcpus?, memory?, disk?, disks?, networks?, cd?, drivers?, boot_order?, firmware?, folder?, hostname? ... user_data?, repo_url? ... repo_form?, instant?, start?}`
 * answers JSON: {vm: uuid, mode}. Objects by uuid, sizes in bytes; `disk` is the size of the template's first disk, `disks` more of them as `[{"size": n, "sr": uuid}]`, `networks` as `[uuid]`; `drivers` a disc for a second drive, that nothing starts from;
 * `repo_` and the words of install_set (installer/plugin.ts) for an installation from a network repository.
 */
export const installPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({
  vm_install: async (context, args) => {
    const wish = readWish(desk, args), firstBoot = wish.firstBoot === undefined ? undefined : readFirstBoot(desk, wish.firstBoot), { cd, drivers } = wish;
    let vm: Ref<'VM'> | undefined;
    const quiet: CallContext = { ...context, task: { ...context.task, progress: () => {} } };
    const made = (): Ref<'VM'> => { if (vm === undefined) throw new Error('no VM was made'); return vm; };
    const step = (name: string, weight: number, work: (ref: Ref<'VM'>) => unknown): Step => ({ name, weight, do: async () => { await work(made()); } });
    await runPlan([
      { name: 'clone', weight: 2, do: async () => { vm = await cloneVm(desk, quiet, wish.template, wish.name, { [HALF_MADE]: 'true', ...wish.marks, ...(wish.instant ? {} : { [INSTANT_WISH]: 'false' }) }); }, undo: () => discardVm(desk, made()) },
      step('describe', 1, ref => { describe(desk, ref, wish); }),
      ...(firstBoot ? [step('note the first boot', 1, ref => { setFirstBoot(desk, desk.store.get('VM', ref).uuid, firstBoot); })] : []),
      step('provision', 2, ref => provision(desk)(quiet, ref)),
      ...(wish.systemBytes === undefined ? [] : [step('resize the disk', 1, ref => grow(desk, quiet, ref, wish.systemBytes ?? 0))]),
      ...wish.disks.map((disk, i) => step(`make disk ${i + 1}`, 1, ref => addDisk(desk, quiet, ref, disk))),
      ...(wish.networks ? [step('connect networks', 1, ref => connect(desk, quiet, ref, wish.networks ?? []))] : []),
      ...(cd === undefined ? [] : [step('insert the CD', 1, ref => insertCd(desk, quiet, ref, cd))]),
      ...(drivers === undefined ? [] : [step('insert the drivers’ CD', 1, ref => addDrive(desk, quiet, ref, drivers))]),
      ...(wish.repository ? [step('set the repository', 1, ref => setRepository(desk, ref, wish.repository ?? {}, context.task.signal))] : []),
      ...(wish.start ? [step('start', 10, ref => startHalfMade(desk, { ...quiet, task: { ...quiet.task, progress: fraction => { context.task.progress(START_FROM + fraction * (1 - START_FROM)); } } }, ref))] : []),
      step('take the mark off', 0, ref => { desk.store.transaction(tx => { const { [HALF_MADE]: _mark, ...rest } = tx.get('VM', ref).other_config; tx.set('VM', ref, { other_config: rest }); }); }),
    ], { of: 'vm_install', signal: context.task.signal, progress: fraction => { if (!wish.start) context.task.progress(fraction); }, log: desk.log });
    const { uuid, other_config } = desk.store.get('VM', made());
    return JSON.stringify({ vm: uuid, mode: wish.start ? other_config[START_MODE] ?? 'booted' : 'halted' });
  },
});
const START_FROM = 0.4;

const readWish = (desk: Desk, args: Readonly<Record<string, string>>): Wish => {
  const template = desk.store.byUuid('VM', argument(args, 'template')), name = argument(args, 'name_label');
  if (!desk.store.get('VM', template).is_a_template) throw new ApiError('OPERATION_NOT_ALLOWED', 'only a template is installed from; clone a VM instead');
  const number = (field: string): number | undefined => {
    const text = args[field];
    if (text === undefined || text === '') return undefined;
    if (!/^\d{1,15}$/.test(text)) throw invalid(field, text);
    return Number(text);
  };
  const order = args['boot_order'] ?? '', firmware = args['firmware'] ?? '';
  if (!/^[cdn]{0,3}$/.test(order)) throw invalid('boot_order', order);
  if (!['', 'bios', 'uefi'].includes(firmware)) throw invalid('firmware', firmware);
  const disks = list(args, 'disks').map(each => {
    const { size, sr } = (each ?? {}) as { size?: unknown; sr?: unknown };
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size <= 0) throw invalid('disks', JSON.stringify(each));
    return { sizeBytes: size, sr: typeof sr === 'string' && sr !== '' ? desk.store.byUuid('SR', sr) : defaultSr(desk) };
  });
  const networks = args['networks'] === undefined || args['networks'] === '' ? undefined : list(args, 'networks').map(uuid => desk.store.byUuid('network', String(uuid)));
  const repository = Object.fromEntries(REPOSITORY.flatMap(field => (args[`repo_${field}`] === undefined || args[`repo_${field}`] === '' ? [] : [[field, args[`repo_${field}`] ?? ''] as const])));
  const said = Object.fromEntries(FIRST_BOOT.flatMap(field => (args[field] === undefined || args[field] === '' ? [] : [[field, args[field]] as const])));
  return {
    template, name, description: args['name_description'] ?? '', vcpus: number('vcpus'), memoryBytes: number('memory'), systemBytes: number('disk'), disks, networks,
    cd: disc(desk, args['cd']), drivers: disc(desk, args['drivers']), order, firmware,
    firstBoot: Object.keys(said).length === 0 ? undefined : said, instant: args['instant'] !== 'false', repository: Object.keys(repository).length === 0 ? undefined : repository, start: args['start'] === 'true', marks: args['folder'] === undefined || args['folder'] === '' ? {} : { folder: args['folder'] },
  };
};

const disc = (desk: Desk, uuid = ''): Ref<'VDI'> | undefined => (uuid === '' ? undefined : desk.store.byUuid('VDI', uuid));

const list = (args: Readonly<Record<string, string>>, field: string): unknown[] => {
  try {
    const all: unknown = JSON.parse(args[field] === undefined || args[field] === '' ? '[]' : args[field]);
    if (Array.isArray(all)) return all;
  } catch { /* said below */ }
  throw invalid(field, args[field] ?? '');
};

const defaultSr = (desk: Desk): Ref<'SR'> => {
  const sr = [...desk.store.all('pool').values()][0]?.default_SR;
  if (sr === undefined || isNull(sr)) throw new ApiError('DEFAULT_SR_NOT_FOUND', sr ?? '');
  return sr;
};

const describe = (desk: Desk, ref: Ref<'VM'>, { description, vcpus, memoryBytes, order, firmware }: Wish): void => {
  desk.store.transaction(tx => {
    const vm = tx.get('VM', ref);
    const memory = memoryBytes === undefined ? {} : { memory_static_min: Math.min(vm.memory_static_min, memoryBytes), memory_dynamic_min: memoryBytes, memory_dynamic_max: memoryBytes, memory_static_max: memoryBytes, memory_target: memoryBytes };
    const processors = vcpus === undefined ? {} : { VCPUs_max: vcpus, VCPUs_at_startup: vcpus };
    assertMemoryOrder({ ...vm, ...memory });
    assertVcpus({ ...vm, ...processors });
    const boots: Partial<Records['VM']> = order === '' && firmware === '' ? {} : {
      HVM_boot_policy: 'BIOS order', PV_kernel: '', PV_ramdisk: '', PV_args: '', domain_type: 'hvm', HVM_boot_params: { ...vm.HVM_boot_params, ...(order === '' ? {} : { order }), ...(firmware === '' ? {} : { firmware }) },
    };
    tx.set('VM', ref, { ...memory, ...processors, ...boots, ...(description === '' ? {} : { name_description: description }) });
  });
};

const grow = async (desk: Desk, context: CallContext, ref: Ref<'VM'>, bytes: number): Promise<void> => {
  const [, system] = filledVbds(desk.store, desk.store.get('VM', ref)).find(([, { type }]) => type === 'Disk') ?? [];
  if (!system) throw new ApiError('OPERATION_NOT_ALLOWED', 'this template has no disk to make larger');
  if (bytes !== desk.store.get('VDI', system.VDI).virtual_size) await resize(desk)(context, system.VDI, bytes);
};

const addDisk = async (desk: Desk, context: CallContext, ref: Ref<'VM'>, { sizeBytes, sr }: Wish['disks'][number]): Promise<void> => {
  const { name_label, VBDs } = desk.store.get('VM', ref), first = VBDs.every(vbd => desk.store.get('VBD', vbd).type !== 'Disk');
  const VDI = await createVdi(desk)(context, { name_label: `${name_label} ${VBDs.length}`, name_description: '', SR: sr, virtual_size: sizeBytes, type: first ? 'system' : 'user', sharable: false, read_only: false, other_config: {}, sm_config: {} } as unknown as Records['VDI']);
  await createVbd(desk)(context, { VM: ref, VDI, userdevice: 'autodetect', bootable: first, mode: 'RW', type: 'Disk', unpluggable: true, empty: false, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} } as unknown as Records['VBD']);
};

const connect = async (desk: Desk, context: CallContext, ref: Ref<'VM'>, networks: readonly Ref<'network'>[]): Promise<void> => {
  desk.store.transaction(tx => { for (const vif of tx.get('VM', ref).VIFs) tx.destroy('VIF', vif); });
  for (const [device, network] of networks.entries()) {
    await createVif(desk)(context, { VM: ref, network, device: String(device), MAC: '', MTU: desk.store.get('network', network).MTU, other_config: {}, locking_mode: 'network_default', qos_algorithm_type: '', qos_algorithm_params: {} } as unknown as Records['VIF']);
  }
};

const insertCd = async (desk: Desk, context: CallContext, ref: Ref<'VM'>, VDI: Ref<'VDI'>): Promise<void> => {
  const drive = desk.store.get('VM', ref).VBDs.find(vbd => desk.store.get('VBD', vbd).type === 'CD');
  if (drive !== undefined) { desk.store.transaction(tx => { tx.set('VBD', drive, { VDI, empty: false }); }); return; }
  await createVbd(desk)(context, { VM: ref, VDI, userdevice: '3', bootable: true, mode: 'RO', type: 'CD', unpluggable: true, empty: false, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} } as unknown as Records['VBD']);
};

/** Behind the first, so that the firmware tries that one before. */
const addDrive = async (desk: Desk, context: CallContext, ref: Ref<'VM'>, VDI: Ref<'VDI'>): Promise<void> => {
  const taken = desk.store.get('VM', ref).VBDs.map(vbd => desk.store.get('VBD', vbd)).filter(({ type }) => type === 'CD').map(({ userdevice }) => Number(userdevice));
  const userdevice = freeVbdDevices(desk.store, ref).find(device => Number(device) > Math.max(-1, ...taken)) ?? 'autodetect';
  await createVbd(desk)(context, { VM: ref, VDI, userdevice, bootable: false, mode: 'RO', type: 'CD', unpluggable: true, empty: false, other_config: {}, qos_algorithm_type: '', qos_algorithm_params: {} } as unknown as Records['VBD']);
};
