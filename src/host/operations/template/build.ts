import { ApiError, type Ref } from '../../../shared/api';
import type { CallContext } from '../contract';
import type { Desk } from '../desk';
import { messageOf, translated } from '../failure';
import { argument, type PluginFunction } from '../host/plugin-function';
import { assertFeature } from '../licence/gates';
import { FIRST_BOOT_PROGRAM } from '../vm/first-boot';
import { offer, RECIPE, templateOf } from './offer';
import { keepMemory, WHY_NO_MEMORY } from './memory';

/* A template that this host builds by itself, on request: from packages to an image, into the default storage, and booted once so that its memory can be kept.
 * VMs made from an older one are not touched; the older one stays until the new one is whole. */

const BUILD_SHARE = 0.6, MEMORY_FROM = 0.65;

export const templatePlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({
  /** `template_build {template: uuid, memory?: "false"}` builds it anew, and answers the template's uuid. `memory` "false": new VMs of it always boot. */
  template_build: async (context, args) => {
    const { key, nameLabel } = recipeOf(desk, argument(args, 'template'));
    assertFeature(desk, 'linux_guests'); // all recipes are of Linux
    await build(desk, context, key);
    const template = templateOf(desk, key);
    if (template === undefined) throw new ApiError('INTERNAL_ERROR', `${nameLabel} was built, and could not be offered: see the host's log`);
    if (args['memory'] !== 'false') await prepared(desk, context, template);
    context.task.progress(1);
    return desk.store.get('VM', template).uuid;
  },
  /** `template_memory {template: uuid}` boots a template once and keeps its memory, so that new VMs of it go on from there. */
  template_memory: async (context, args) => {
    const template = desk.store.byUuid('VM', argument(args, 'template')), vm = desk.store.get('VM', template);
    if (!vm.is_default_template || vm.other_config[FIRST_BOOT_PROGRAM] === undefined) throw new ApiError('OPERATION_NOT_ALLOWED', 'only a template of this host whose system can be made a new machine\'s own while it runs');
    await keepMemory(desk, context, template);
    return '';
  },
});

const recipeOf = (desk: Desk, uuid: string): { key: string; nameLabel: string } => {
  const key = desk.store.get('VM', desk.store.byUuid('VM', uuid)).other_config[RECIPE], recipe = desk.builder.recipes.find(each => each.key === key);
  if (!recipe) throw new ApiError('OPERATION_NOT_ALLOWED', 'this host has no recipe for this template');
  return recipe;
};

const build = async (desk: Desk, context: CallContext, key: string): Promise<void> => {
  const sr = [...desk.store.all('pool').values()][0]?.default_SR;
  if (sr === undefined || !desk.store.find('SR', sr)) throw new ApiError('DEFAULT_SR_NOT_FOUND', sr ?? '');
  const signal = AbortSignal.any([context.task.signal, desk.stopping]);
  await translated({ operation: 'build' }, () => desk.builder.build(key, signal, (fraction, what) => {
    desk.log.info('template is being built', { key, what });
    context.task.progress(fraction * BUILD_SHARE);
  }));
  const template = (await desk.guests.templates()).find(each => each.key === key);
  if (!template) throw new ApiError('INTERNAL_ERROR', `the recipe for ${key} made no template`);
  await offer(desk, sr, template);
};

/** The template is of use without: then new VMs boot, and the record says why. */
const prepared = async (desk: Desk, context: CallContext, template: Ref<'VM'>): Promise<void> => {
  try {
    await keepMemory(desk, { ...context, task: { ...context.task, progress: fraction => { context.task.progress(MEMORY_FROM + fraction * (1 - MEMORY_FROM)); } } }, template);
  } catch (error) {
    context.task.signal.throwIfAborted();
    desk.log.warn('the memory of a template is not kept: its VMs boot', { template, why: messageOf(error) });
    desk.store.transaction(tx => { tx.set('VM', template, { other_config: { ...tx.get('VM', template).other_config, [WHY_NO_MEMORY]: messageOf(error) } }); });
  }
};
