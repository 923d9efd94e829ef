import { readFileSync } from 'node:fs';
import { EngineError } from '../contract';
import type { EngineFacts } from '../contract';
import { NO_LIMITS, NO_NETWORK_DISK, NO_TPM, NO_UEFI, NO_USER_NETWORK } from './config';
import { readInfo } from './parse';
import type { XenInfo } from './parse';
import { xlOf } from './xl';
import type { Xl } from './xl';

/* Whether this machine is a dom0 that its own tools can drive, found out by asking them; and what Xen here can and cannot do. */

const PROBE_TIMEOUT_MS = 60_000;
const CAPABILITIES = '/proc/xen/capabilities', TYPE = '/sys/hypervisor/type';

/** Undefined: it is one. Else why not, in plain words. */
export const xenLack = async (xl: Xl = xlOf(), read = readOr): Promise<string | undefined> => {
  if (read(TYPE) !== 'xen') return 'this machine does not run on Xen';
  if (!read(CAPABILITIES).split(/\s/).includes('control_d')) return `this is no control domain of Xen (${CAPABILITIES} does not say control_d)`;
  try {
    await xl(['list'], { timeoutMs: PROBE_TIMEOUT_MS });
    return undefined;
  } catch (error) { return `its tools do not work: ${(error as Error).message}`; }
};

export const readFacts = async (xl: Xl): Promise<EngineFacts & { info: XenInfo }> => {
  const info = readInfo(await xl(['info']));
  if (info.version === '') throw new EngineError('start-failed', 'xl info says no version of Xen');
  return {
    name: 'xen', version: info.version, accelerator: 'xen', acceleratorReason: '', info,
    lacks: {
      uefi: NO_UEFI, 'secure-boot': NO_UEFI, tpm: NO_TPM, 'disk-weight': 'Xen weighs no disks: its back ends are not the machine\'s own processes', 'disk-limit': NO_LIMITS,
      'user-network': NO_USER_NETWORK, nfs: NO_NETWORK_DISK, iscsi: NO_NETWORK_DISK, rbd: NO_NETWORK_DISK, 'live-disks': NO_LIVE_DISKS, 'pv-display': NO_DISPLAY, screenshot: NO_PICTURE, checkpoint: 'under Xen a guest runs on for a moment while its memory is saved, so that its disks would be of another moment; suspend it, or take a snapshot',
      ...(info.hasHvm ? {} : { hvm: 'the processor offers Xen no hardware virtualisation (VT-x or AMD-V): only paravirtualised guests start here' }),
    },
  };
};
export const NO_LIVE_DISKS = 'under Xen the disk of a running virtual machine is not switched to another image; shut it down first, or keep it on LVM';
export const NO_DISPLAY = 'a paravirtualised guest has a text console only';
export const NO_PICTURE = 'Xen takes no picture of a screen; open the console';

const readOr = (file: string): string => { try { return readFileSync(file, 'utf8').trim(); } catch { return ''; } };
