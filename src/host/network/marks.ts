import { uuidOf } from '../platform/ids';

/* How this service knows its own things again among those of others, other services of this kind on the same machine included:
 * by names that begin with its mark, and by what it writes into a link's alias. */

/** IFNAMSIZ without the end. */
export const IFNAME_MAX_CHARS = 15;
const ALIAS = 'administrator-console';

export interface Marks {
  /** `ac` and four digits of the data directory. */
  readonly mark: string;
  /** The tap of a VIF: mark, `v`, seven digits of the VM's uuid, the device. */
  tap(vif: { vmUuid: string; device: string }): string;
  /** Where an engine takes no taps (cables.ts): the bridge that a VIF has for itself, and the end of its cable in there. */
  ownBridge(tap: string): string;
  ownEnd(tap: string): string;
  /** A bridge until it has its real name. */
  unfinished(networkUuid: string): string;
  /** nftables: one table for the locks and rates of all VIFs, one for their weights, one for each NAT network. */
  readonly guardTable: string;
  readonly weightTable: string;
  /** tc: four digits at most; above 7fff are the handles that the kernel gives. */
  readonly weightHandle: string;
  natTable(networkUuid: string): string;
  alias(what: Mine): string;
  read(alias: string | undefined): Mine | undefined;
}
export type Mine = { kind: 'network'; uuid: string } | { kind: 'vif'; vmUuid: string; device: string; weight?: number } | { kind: 'link' };

/** @param directory of this service; another service has another */
export const marksOf = (directory: string): Marks => {
  const own = uuidOf('network', directory).replaceAll('-', '');
  const mark = `ac${own.slice(0, 4)}`, owner = own.slice(0, 12);
  const digits = (uuid: string, count: number): string => uuidOf(uuid).replaceAll('-', '').slice(-count);
  return {
    mark,
    tap: ({ vmUuid, device }) => `${mark}v${digits(vmUuid, 7)}${device}`,
    ownBridge: tap => `${mark}c${tap.slice(mark.length + 1)}`,
    ownEnd: tap => `${mark}e${tap.slice(mark.length + 1)}`,
    unfinished: uuid => `${mark}b${digits(uuid, 8)}`,
    guardTable: `${mark}_vifs`,
    weightTable: `${mark}_weights`, weightHandle: (parseInt(own.slice(0, 4), 16) % 0x7fff + 1).toString(16),
    natTable: uuid => `${mark}_nat_${uuid.replaceAll('-', '')}`,
    alias: what => [ALIAS, owner, ...wordsOf(what)].join(' '),
    read: alias => {
      const [product, whose, kind, uuid = '', device = '', weight] = (alias ?? '').split(' ');
      if (product !== ALIAS || whose !== owner) return undefined;
      switch (kind) {
        case 'network': return { kind, uuid };
        case 'vif': return { kind, vmUuid: uuid, device, ...(weight === undefined ? {} : { weight: Number(weight) }) };
        case 'link': return { kind };
        default: return undefined;
      }
    },
  };
};

const wordsOf = (what: Mine): string[] => {
  switch (what.kind) {
    case 'network': return ['network', what.uuid];
    case 'vif': return ['vif', what.vmUuid, what.device, ...(what.weight === undefined ? [] : [String(what.weight)])];
    case 'link': return ['link'];
  }
};

/** What may stand in a command as the name of an interface. */
export const isInterfaceName = (name: string): boolean => name.length <= IFNAME_MAX_CHARS && /^[A-Za-z0-9_][A-Za-z0-9_.:@-]*$/.test(name) && name !== '.' && name !== '..';
