import { readFile } from 'node:fs/promises';
import type { NicCounters } from './contract';

/* What has passed every interface of this machine, in one look at one file. */

/** By interface, as this machine sees it: what it received is rx. */
export const readCounters = async (file = '/proc/net/dev'): Promise<ReadonlyMap<string, NicCounters>> => new Map((await readFile(file, 'latin1')).split('\n').flatMap(line => {
  const colon = line.lastIndexOf(':');
  if (colon < 0) return [];
  const [rxBytes = 0, rxPackets = 0, rxErrors = 0, rxDrops = 0, , , , , txBytes = 0, txPackets = 0, txErrors = 0, txDrops = 0] = line.slice(colon + 1).trim().split(/\s+/).map(Number);
  return [[line.slice(0, colon).trim(), { rxBytes, rxPackets, rxErrors, rxDrops, txBytes, txPackets, txErrors, txDrops }] as const];
}));

/** The other end of the cable: what a tap sends is what its guest receives. */
export const asGuestSees = (tap: NicCounters): NicCounters => ({
  rxBytes: tap.txBytes, rxPackets: tap.txPackets, rxErrors: tap.txErrors, rxDrops: tap.txDrops, txBytes: tap.rxBytes, txPackets: tap.rxPackets, txErrors: tap.rxErrors, txDrops: tap.rxDrops,
});
