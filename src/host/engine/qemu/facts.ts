import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../platform/durable-files';
import type { Log } from '../../platform/log';
import type { Groups } from '../../platform/cgroups';
import { findProgram } from '../../platform/find-program';
import { outputOf, runProgram } from '../../platform/run-program';
import type { Identity } from '../../platform/run-program';
import { EngineError } from '../contract';
import type { EngineFacts } from '../contract';
import { ProgramError } from '../../platform/run-program';
import type { Accelerator } from './command-line';
import { findFirmware } from './firmware';
import type { FoundFirmware } from './firmware';
import { probeKvm } from './kvm-probe/probe';

/** With what a machine is made of besides. */
export type QemuFacts = EngineFacts & { accelerator: Accelerator; firmware: FoundFirmware; swtpm: string | undefined };
interface Options { binary: string; cacheDirectory: string; log: Log; runAs: Identity | undefined; groups: Groups }
/** What is kept: KVM is tried once per boot and QEMU. */
interface ProbeOutcome { bootId: string; version: string; runAs: Identity | null; reason: string }

const VERSION_TIMEOUT_MS = 10_000;
const CACHE_FILE = 'kvm-probe.json';

/** Found out at the first question, then known; a failure (QEMU is missing) is asked again. */
export const factsReader = (options: Options): (() => Promise<QemuFacts>) => {
  let known: Promise<QemuFacts> | undefined;
  return () => {
    const facts = known ??= readFacts(options);
    facts.catch(() => { if (known === facts) known = undefined; });
    return facts;
  };
};

const readFacts = async (options: Options): Promise<QemuFacts> => {
  const version = await readVersion(options.binary);
  const [acceleratorReason, firmware, missingDrivers] = await Promise.all([kvmReason(version, options), findFirmware(), missingBlockDrivers()]);
  const swtpm = findProgram('swtpm');
  return {
    name: 'qemu', version, accelerator: acceleratorReason === '' ? 'kvm' : 'tcg', acceleratorReason, firmware, swtpm,
    lacks: {
      ...(firmware.uefi ? {} : { uefi: 'no UEFI firmware is installed; on Debian: apt install ovmf' }),
      ...(firmware.secureBoot ? {} : { 'secure-boot': 'no UEFI firmware with enrolled keys is installed; on Debian: apt install ovmf' }),
      ...(swtpm === undefined ? { tpm: 'swtpm is not installed; on Debian: apt install swtpm' } : {}),
      ...(options.groups.share ? {} : { 'cpu-share': options.groups.shareLacks }),
      ...(options.groups.mask ?? findProgram('taskset') ? {} : { 'cpu-mask': options.groups.maskLacks }),
      'vcpu-hot-remove': 'QEMU loses a machine that gives a processor back',
      ...Object.fromEntries(missingDrivers.map(name => [name, 'QEMU lacks its driver for this; on Debian: apt install qemu-block-extra'])),
    },
  };
};

/** Asked of qemu-img, which is built with the same drivers: it complains of a missing parameter, or of a driver that it does not know. */
const missingBlockDrivers = async (): Promise<('nfs' | 'iscsi' | 'rbd')[]> => {
  const asked = await Promise.all((['nfs', 'iscsi', 'rbd'] as const).map(async driver => {
    try { return [driver, (await runProgram('qemu-img', ['info', `json:${JSON.stringify({ driver })}`], { timeoutMs: VERSION_TIMEOUT_MS })).stderr] as const; } catch { return [driver, 'Unknown driver'] as const; }
  }));
  return asked.filter(([, said]) => said.includes('Unknown driver')).map(([driver]) => driver);
};

const readVersion = async (binary: string): Promise<string> => {
  try {
    const said = await outputOf(binary, ['--version'], { timeoutMs: VERSION_TIMEOUT_MS });
    return /version (\S+)/.exec(said)?.[1] ?? 'unknown';
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (error.kind === 'missing') throw new EngineError('missing-program', `${binary} is not installed; on Debian: apt install qemu-system-x86`);
    throw new EngineError('start-failed', error.message);
  }
};

/** Why not KVM; empty when it works. */
const kvmReason = async (version: string, { binary, cacheDirectory, log, runAs }: Options): Promise<string> => {
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const path = join(cacheDirectory, CACHE_FILE), user = runAs ?? null;
  const kept = await readOutcome(path);
  if (kept && kept.bootId === bootId && kept.version === version && JSON.stringify(kept.runAs) === JSON.stringify(user)) return kept.reason;
  const outcome = await probeKvm(binary, runAs);
  log.info('tried KVM', { ...outcome });
  // A missing or closed device costs nothing to look at again, and may be there the next time.
  if (outcome.tried) {
    await mkdir(cacheDirectory, { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, JSON.stringify({ bootId, version, runAs: user, reason: outcome.reason } satisfies ProbeOutcome), { durable: false });
  }
  return outcome.reason;
};

const readOutcome = async (path: string): Promise<ProbeOutcome | undefined> => {
  try {
    const outcome = JSON.parse(await readFile(path, 'utf8')) as Partial<ProbeOutcome>;
    return typeof outcome.reason === 'string' ? outcome as ProbeOutcome : undefined;
  } catch { return undefined; }
};
