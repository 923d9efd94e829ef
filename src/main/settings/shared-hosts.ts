/* The file of known hosts that xe reads and writes, too. Where it is damaged the console goes on with what it knows itself, and leaves the file to the person. */
import { readKnownHosts, rememberHost } from '../../client';
import type { SharedHosts } from './settings';

export const openSharedHosts = (file: string): SharedHosts => {
  const tried = <T>(work: () => T, otherwise: T): T => {
    try { return work(); } catch (error) { console.error(`settings: ${error instanceof Error ? error.message : String(error)}`); return otherwise; }
  };
  return {
    read: () => tried(() => readKnownHosts(file), new Map()),
    remember: (address, host) => { tried(() => { rememberHost(file, address, host); }, undefined); },
  };
};
