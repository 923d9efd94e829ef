import { ApiError, type Records } from '../../../shared/api';
import { editionOf, hasFeature, isLinuxGuest, type Feature } from '../../../shared/rules/editions';
import type { Desk } from '../desk';
import { theHost } from '../vm/power';

/* What this edition does not make anew. What exists is never asked about: it starts, stops, moves and is kept whatever the edition becomes. */

export const assertFeature = (desk: Desk, feature: Feature): void => {
  if (!hasFeature(editionOf(desk.store.get('host', theHost(desk.store)).edition), feature)) throw new ApiError('LICENCE_RESTRICTION', feature);
};

/** Before a guest is made of this template, of this VM, or of nothing. */
export const assertGuestKind = (desk: Desk, vm: Partial<Readonly<Records['VM']>>): void => {
  const distro = desk.store.find('VM_guest_metrics', vm.guest_metrics ?? '')?.os_version['distro'];
  if (isLinuxGuest(vm, distro)) assertFeature(desk, 'linux_guests');
};
