import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { isNull, nullRef, type Records, type Ref } from '../../../shared/api';
import type { GuestRecipe, GuestTemplate } from '../../guests/contract';
import type { StoredVdi } from '../../storage/contract';
import type { Transaction } from '../../store/contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { runPlan } from '../plan';
import { refreshSpace } from '../sr/space';
import { release } from '../vdi/lineage';
import { closeIntents, makeVdiStep, recordVdi } from '../vdi/make';
import { freshMac } from '../vif/devices';
import { NAT_NETWORK_BRIDGE } from '../host/bootstrap';
import { FIRST_BOOT_PROGRAM } from '../vm/first-boot';
import { type Profile, profileFields, PROFILES } from './profiles';
import { beginDrop, releaseDropped } from '../vm/suspend-image';

/* The guest library's templates, offered as XenAPI templates. The image is taken into the default SR once, and clones
 * build on it. A newer image takes its place; VMs cloned from the older one keep that as their hidden base. */

/** Of the image and of the description: whoever changes a default template keeps the change until a newer one comes. */
const VERSION = 'template-version';
/** This host can build it: the key of its recipe. */
export const RECIPE = 'build-recipe';
/** Why this host cannot build it, as things stand. */
const LACKS = 'build-lacks';

export const offerTemplates = async (desk: Desk): Promise<void> => {
  for (const profile of PROFILES) offerProfile(desk, profile);
  const sr = [...desk.store.all('pool').values()][0]?.default_SR ?? nullRef<'SR'>();
  if (isNull(sr) || !desk.store.find('SR', sr)) { desk.log.warn('no default SR: no templates'); return; }
  const templates = await desk.guests.templates();
  for (const template of templates) {
    try { await offer(desk, sr, template); } catch (error) { desk.log.error('template not offered', { key: template.key, why: messageOf(error) }); }
  }
  for (const recipe of desk.builder.recipes) offerRecipe(desk, recipe);
};

const UNBUILT_BYTES = 512 * 1024 * 1024;

export const templateOf = (desk: Desk, key: string): Ref<'VM'> | undefined => [...desk.store.all('VM')].find(([, vm]) => vm.is_default_template && vm.reference_label === key)?.[0];

/** For what is installed from media. Renewed only when the table says something new: until then it is as it was left. */
const offerProfile = (desk: Desk, profile: Profile): void => {
  const version = createHash('sha256').update(JSON.stringify(profile)).digest('hex'), present = templateOf(desk, profile.key);
  if (present !== undefined && desk.store.get('VM', present).other_config[VERSION] === version) return;
  const described = profileFields(profile), fields = { ...described, other_config: { ...described.other_config, [VERSION]: version } };
  desk.store.transaction(tx => {
    if (present !== undefined) { tx.set('VM', present, fields); return; }
    const vm = make(tx, fields);
    if (profile.windows === 'secure') tx.create('VTPM', { VM: vm, backend: nullRef<'VM'>(), is_unique: false, persistence_backend: 'xapi', allowed_operations: [] });
  });
};

/** What could be built is seen, with the way to it; cloned it cannot be before. */
const offerRecipe = (desk: Desk, recipe: GuestRecipe): void => {
  const lacks = desk.builder.lacks(recipe.key), present = templateOf(desk, recipe.key);
  desk.store.transaction(tx => {
    if (present === undefined) {
      const why = `${recipe.nameLabel} is not built on this host yet: build it first (xe template-build template="${recipe.nameLabel}")`;
      make(tx, {
        name_label: recipe.nameLabel, name_description: recipe.nameDescription, reference_label: recipe.key, blocked_operations: { clone: why, copy: why },
        other_config: { default_template: 'true', [RECIPE]: recipe.key, ...(lacks === '' ? {} : { [LACKS]: lacks }) }, HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'cd', firmware: 'bios' }, domain_type: 'hvm',
        VCPUs_max: 1, VCPUs_at_startup: 1, memory_static_min: UNBUILT_BYTES, memory_dynamic_min: UNBUILT_BYTES, memory_dynamic_max: UNBUILT_BYTES, memory_static_max: UNBUILT_BYTES,
      });
      return;
    }
    const { [LACKS]: had, ...rest } = tx.get('VM', present).other_config;
    if ((had ?? '') !== lacks) tx.set('VM', present, { other_config: { ...rest, ...(lacks === '' ? {} : { [LACKS]: lacks }) } });
  });
};

export const offer = async (desk: Desk, sr: Ref<'SR'>, template: GuestTemplate): Promise<void> => {
  const version = await versionOf(template);
  const present = templateOf(desk, template.key);
  if (present !== undefined && desk.store.get('VM', present).other_config[VERSION] === version && hasDisk(desk, present)) return;
  const uuid = randomUUID();
  const name = `${template.nameLabel} 0`;
  let stored: StoredVdi | undefined;
  let old: readonly Ref<'VDI'>[] = [], memory = nullRef<'VDI'>();
  await runPlan([
    makeVdiStep(desk, { uuid, sr, name, operation: 'create', make: repository => repository.adopt({ uuid, name, sourcePath: template.disk.path, sourceFormat: template.disk.format }), made: vdi => { stored = vdi; } }, 10),
    { name: 'record', weight: 1, do: () => { if (stored) { const vdi = stored; if (present !== undefined) memory = beginDrop(desk, desk.store.get('VM', present).suspend_VDI); old = desk.store.transaction(tx => record(tx, desk, sr, template, version, present, vdi)); } } },
    closeIntents(desk, () => [uuid]),
  ], { of: `template ${template.key}`, signal: desk.stopping, progress: () => {}, log: desk.log });
  desk.log.info(present === undefined ? 'template made' : 'template renewed', { key: template.key });
  for (const vdi of old) if (desk.store.find('VDI', vdi)) await release(desk, vdi);
  await releaseDropped(desk, [memory]);
  await refreshSpace(desk, sr);
};

/** Answers the VDIs that the template no longer uses. */
const record = (tx: Transaction, desk: Desk, sr: Ref<'SR'>, template: GuestTemplate, version: string, present: Ref<'VM'> | undefined, stored: StoredVdi): Ref<'VDI'>[] => {
  const VDI = recordVdi(tx, sr, stored, { name_label: `${template.nameLabel} 0`, name_description: template.nameDescription, type: 'system' });
  const vm = present ?? make(tx, describe(desk, template, version));
  if (present !== undefined) tx.set('VM', vm, describe(desk, template, version));
  const old: Ref<'VDI'>[] = [];
  for (const ref of tx.get('VM', vm).VBDs) { old.push(tx.get('VBD', ref).VDI); tx.destroy('VBD', ref); }
  tx.create('VBD', { VM: vm, VDI, userdevice: '0', bootable: true, mode: 'RW', type: 'Disk', unpluggable: true, empty: false });
  return old.filter(vdi => tx.find('VDI', vdi) && tx.get('VDI', vdi).VBDs.length === 0);
};

const make = (tx: Transaction, fields: Partial<Records['VM']>): Ref<'VM'> => {
  const vm = tx.create('VM', {
    platform: { acpi: '1', apic: 'true', pae: 'true', nx: 'true' }, ...fields, power_state: 'Halted', is_a_template: true, is_default_template: true, domid: -1,
    user_version: 1, actions_after_shutdown: 'destroy', actions_after_reboot: 'restart', actions_after_crash: 'destroy',
    HVM_shadow_multiplier: 1, has_vendor_device: false, metrics: tx.create('VM_metrics', {}),
  });
  const network = [...tx.all('network')].find(([, { bridge }]) => bridge === NAT_NETWORK_BRIDGE)?.[0];
  if (network !== undefined) tx.create('VIF', { VM: vm, network, device: '0', MAC: freshMac(tx), MAC_autogenerated: true, MTU: 1500, locking_mode: 'network_default' });
  return vm;
};

const describe = (desk: Desk, template: GuestTemplate, version: string): Partial<Records['VM']> => ({
  name_label: template.nameLabel, name_description: template.nameDescription,
  memory_static_min: template.memoryBytes, memory_dynamic_min: template.memoryBytes, memory_dynamic_max: template.memoryBytes, memory_static_max: template.memoryBytes, memory_target: template.memoryBytes,
  VCPUs_max: template.vcpus, VCPUs_at_startup: template.vcpus,
  reference_label: template.key, blocked_operations: {}, suspend_VDI: nullRef<'VDI'>(),
  other_config: {
    default_template: 'true', [VERSION]: version, ...(desk.builder.recipes.some(({ key }) => key === template.key) ? { [RECIPE]: template.key } : {}),
    ...(template.firstBoot === undefined ? {} : { [FIRST_BOOT_PROGRAM]: template.firstBoot }),
  },
  ...(template.boot.by === 'kernel'
    ? { HVM_boot_policy: '', HVM_boot_params: {}, PV_kernel: nameOf(desk, template.boot.kernelPath), PV_ramdisk: nameOf(desk, template.boot.initrdPath), PV_args: template.boot.args, domain_type: 'pvh' }
    : { HVM_boot_policy: 'BIOS order', HVM_boot_params: { order: 'cd', firmware: 'bios' }, PV_kernel: '', PV_ramdisk: '', PV_args: '', domain_type: 'hvm' }),
});

const nameOf = (desk: Desk, file: string): string => {
  const name = desk.guests.nameOf(file);
  if (name === undefined) throw new Error(`${file} is not in the guest library`);
  return name;
};

const hasDisk = (desk: Desk, vm: Ref<'VM'>): boolean => desk.store.get('VM', vm).VBDs.some(vbd => {
  const vdi = desk.store.find('VDI', desk.store.get('VBD', vbd).VDI);
  return vdi !== undefined && !vdi.missing;
});

const versionOf = async (template: GuestTemplate): Promise<string> => {
  if (template.build !== undefined) return template.build;
  const hash = createHash('sha256').update(JSON.stringify({ ...template, disk: undefined }));
  await pipeline(createReadStream(template.disk.path), hash);
  return hash.digest('hex');
};
