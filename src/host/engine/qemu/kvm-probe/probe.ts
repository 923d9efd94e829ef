import { constants } from 'node:fs';
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elapsedMs } from '../../../platform/clock';
import { ProgramError, runProgram } from '../../../platform/run-program';
import type { Identity } from '../../../platform/run-program';
import { PROBE_CODE_BASE64 } from './rom';

/* /dev/kvm is no proof: there are KVMs that interpret ring 0 at a millionth of the speed, and some on which `-cpu host` aborts QEMU.
 * So a small guest is run to its end against the clock (kvm-probe.S says where it goes). A good KVM takes about 0.1 s, software
 * emulation 0.06 s. */

export const PROBE_TIMEOUT_MS = 1_500;
const EXIT_STATUS = 33;
const ALL_STAGES = 'RPLXMST';
const ROM_BYTES = 64 * 1024;
const RESET_VECTOR = 0xfff0;
const JUMP_TO_START = [0xea, 0x00, 0x00, 0x00, 0xf0]; // ljmp $0xf000, $0

export interface ProbeResult { /** False: there was nothing to try. */ tried: boolean; /** In plain words; empty when it works. */ reason: string; ms: number }

export const probeKvm = async (binary: string, runAs: Identity | undefined): Promise<ProbeResult> => {
  try { await access('/dev/kvm', constants.R_OK | constants.W_OK); } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { tried: false, ms: 0, reason: absent ? 'this machine offers no KVM (/dev/kvm is absent)' : 'the service may not use /dev/kvm' };
  }
  return probe(binary, ['-accel', 'kvm', '-cpu', 'host'], { runAs });
};

/** Also for the positive control: with software emulation the probe succeeds wherever QEMU does. */
export const probe = async (binary: string, accelerator: readonly string[], { runAs, timeoutMs = PROBE_TIMEOUT_MS }: { runAs?: Identity | undefined; timeoutMs?: number } = {}): Promise<ProbeResult> => {
  const directory = await mkdtemp(join(tmpdir(), 'kvm-probe-')), start = elapsedMs();
  const outcome = (reason: string): ProbeResult => ({ tried: true, reason, ms: Math.round(elapsedMs(start)) });
  try {
    await chmod(directory, 0o755);
    await writeFile(join(directory, 'rom'), rom());
    const { code, killedBy, stdout, stderr } = await runProgram(binary, [
      '-nodefaults', '-no-user-config', '-machine', 'pc', ...accelerator, '-m', '16', '-display', 'none', '-serial', 'stdio', '-no-reboot',
      '-device', 'isa-debug-exit', '-bios', join(directory, 'rom'),
    ], { timeoutMs, ...(runAs ? { runAs } : {}) });
    if (code === EXIT_STATUS && stdout === ALL_STAGES) return outcome('');
    const words = stderr.trim().split('\n').at(-1) ?? '';
    return outcome(`KVM is there but does not run a test guest (${words || killedBy || `exit status ${code}`})`);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (error.kind === 'timeout') return outcome(`KVM is there but too slow to be used: a test guest came to "${error.result.stdout}" of ${ALL_STAGES} in ${timeoutMs} ms`);
    return outcome(`KVM could not be tried: ${error.message}`);
  } finally { await rm(directory, { recursive: true, force: true }); }
};

const rom = (): Buffer => {
  const image = Buffer.alloc(ROM_BYTES);
  Buffer.from(PROBE_CODE_BASE64, 'base64').copy(image);
  image.set(JUMP_TO_START, RESET_VECTOR);
  return image;
};
