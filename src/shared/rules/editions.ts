import type { Records } from '../api';

/* What each edition has. One table: the host refuses by it, and publishes it in license_params and pool.restrictions with the keys that XenServer's clients read;
 * the console obeys what the hosts publish. A licence chooses the edition (host/operations/licence). */

export const EDITIONS = ['express', 'server', 'enterprise'] as const;
export type Edition = (typeof EDITIONS)[number];
export const EDITION_NAMES: Readonly<Record<Edition, string>> = { express: 'Express', server: 'Server', enterprise: 'Enterprise' };
export const isEdition = (text: string): text is Edition => (EDITIONS as readonly string[]).includes(text);

export const EDITION_FEATURES = {
  /** Several hosts in one console at a time. */
  many_hosts: { express: false, server: true, enterprise: true },
  windows_guests: { express: true, server: true, enterprise: true },
  /** Templates and the network installation of Linux, and guests made of them. */
  linux_guests: { express: true, server: false, enterprise: true },
  live_migration: { express: false, server: false, enterprise: true },
  shared_storage: { express: false, server: false, enterprise: true },
  pools: { express: false, server: false, enterprise: true },
  high_availability: { express: false, server: false, enterprise: true },
} as const satisfies Readonly<Record<string, Readonly<Record<Edition, boolean>>>>;
export type Feature = keyof typeof EDITION_FEATURES;

export const hasFeature = (edition: Edition, feature: Feature): boolean => EDITION_FEATURES[feature][edition];
/** An edition that nobody knows has what costs nothing. */
export const editionOf = (text: string): Edition => (isEdition(text) ? text : 'express');

/** What a licence for `licensed` may be used as: everybody may use Express. */
export const mayApply = (wanted: Edition, licensed: Edition): boolean => EDITIONS.indexOf(wanted) <= EDITIONS.indexOf(licensed);

/** In XenServer's keys: most of them say what is *not* there. */
export const restrictionsOf = (edition: Edition): Readonly<Record<string, string>> => {
  const lacks = (feature: Feature): string => String(!hasFeature(edition, feature));
  return {
    restrict_connection: lacks('many_hosts'), platform_filter: lacks('linux_guests'), restrict_xen_motion: lacks('live_migration'), restrict_storage_xen_motion: lacks('live_migration'),
    restrict_pool_attached_storage: lacks('shared_storage'), restrict_pooling: lacks('pools'), enable_xha: String(hasFeature(edition, 'high_availability')),
  };
};

/** The templates of this host and of XenServer, by their labels. */
const LINUX_LABEL = /(^|[^a-z])(linux|debian|ubuntu|rocky|alma|centos|rhel|rhlike|oel|oracle|sles|sled|suse|fedora|coreos|gooroom|neokylin)/i;

/** Whether a VM or a template is known to be Linux: by how it starts, by the template that it comes from, by what is to be installed, by what its agent says. */
export const isLinuxGuest = (vm: Partial<Pick<Records['VM'], 'HVM_boot_policy' | 'PV_kernel' | 'PV_bootloader' | 'reference_label' | 'other_config'>>, distro = ''): boolean => {
  const { HVM_boot_policy = '', PV_kernel = '', PV_bootloader = '', reference_label = '', other_config = {} } = vm;
  if (distro !== '') return !/windows/i.test(distro);
  return (HVM_boot_policy === '' && (PV_kernel !== '' || PV_bootloader !== '')) || LINUX_LABEL.test(reference_label) || other_config['install-distro'] !== undefined;
};

/** What a connected host lets a console do besides it. */
export interface ConnectedHost { license_params: Readonly<Record<string, string>>; pool_restrictions?: Readonly<Record<string, string>> }
/**
 * Whether a host wants to be the only one in a console. Our hosts say so, and so did XenExpress; every other host (XCP-ng, XenServer) counts as one of many.
 */
export const wantsToBeAlone = ({ license_params, pool_restrictions }: ConnectedHost): boolean =>
  (license_params['restrict_connection'] ?? pool_restrictions?.['restrict_connection']) === 'true';

/** Whether these may be connected at the same time: one host always, several when none of them wants to be alone. */
export const mayBeTogether = (hosts: readonly ConnectedHost[]): boolean => hosts.length < 2 || !hosts.some(wantsToBeAlone);
