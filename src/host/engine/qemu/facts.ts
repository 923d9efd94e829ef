import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../platform/durable-files';
import type { Log } from '../../platform/log';
import { outputOf } from '../../platform/run-program';
import type { Identity } from '../../platform/run-program';
import { EngineError } from '../contract';
import type { EngineFacts } from '../contract';
import { ProgramError } from '../../platform/run-program';
import type { Accelerator } from './command-line';
import { probeKvm } from './kvm-probe/probe';

export type QemuFacts = EngineFacts & { accelerator: Accelerator };
interface Options { binary: string; cacheDirectory: string; log: Log; runAs: Identity | undefined }
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
  const acceleratorReason = await kvmReason(version, options);
  return { name: 'qemu', version, accelerator: acceleratorReason === '' ? 'kvm' : 'tcg', acceleratorReason };
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
