import type { NicSpec } from '../../engine/contract';
import type { VifSpec } from '../contract';

/* User-mode networking: NAT inside QEMU's own process. Needs no rights and nothing on the host, so there is nothing to make or to undo.
 * The guest reaches out, nobody reaches in; the guest gets 10.0.2.15 by DHCP. */

export const userNic = ({ device, mac, mtu, vmName }: VifSpec): NicSpec => ({ device, mac, mtu, backend: { by: 'user', hostname: hostnameOf(vmName) } });

const LABEL_MAX_CHARS = 63;

/** A VM's name as the host name that DHCP offers it: a DNS label, or empty when nothing of it can be one. */
export const hostnameOf = (name: string): string => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  .replace(/[^a-z0-9]+/g, '-').replace(/^-+/, '').slice(0, LABEL_MAX_CHARS).replace(/-+$/, '');
