import type { VMRecord } from '../../../shared/api';

/* Templates that the host builds by itself (docs/templates.md). */

const RECIPE = 'build-recipe', LACKS = 'build-lacks', FIRST_BOOT = 'first-boot-program', INSTANT = 'instant-state', NO_INSTANT = 'instant-lacks';

export const hasRecipe = (template: VMRecord): boolean => template.other_config[RECIPE] !== undefined;
/** It is offered, and there is nothing in it yet. */
export const isUnbuilt = (template: VMRecord | undefined): boolean => template !== undefined && hasRecipe(template) && template.VBDs.length === 0;
/** What the host misses to build it. */
export const buildLacks = (template: VMRecord): string | undefined => template.other_config[LACKS];
/** Its systems are told their name, users and network at the first boot. */
export const hasFirstBoot = (template: VMRecord): boolean => template.other_config[FIRST_BOOT] !== undefined;
/** How a new VM of it starts, in words. */
export const startWords = (template: VMRecord): string => {
  const lacks = template.other_config[NO_INSTANT];
  if (template.other_config[INSTANT] !== undefined) return 'New VMs go on from a booted state, in seconds';
  return lacks === undefined ? 'New VMs boot' : `New VMs boot: ${lacks}`;
};
