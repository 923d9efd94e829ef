import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probe } from '../../../src/host/engine/qemu/kvm-probe/probe';
import { makeBench } from './bench';

/* The probe's own proof is software emulation: there it must succeed. Whether this machine's KVM works is nobody's promise. */

const QEMU = 'qemu-system-x86_64', TCG = ['-accel', 'tcg'], SOURCES = join(import.meta.dirname, '../../../src/host/engine/qemu/kvm-probe');
let directory: string;
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'probe-')); });
afterEach(() => { rmSync(directory, { recursive: true }); });

describe('the KVM probe', () => {
  it('runs its guest to the end where guests run', async () => {
    expect(await probe(QEMU, TCG, { timeoutMs: 60_000 })).toMatchObject({ tried: true, reason: '' });
  });
  it('says how far a slow one came', async () => {
    expect((await probe(QEMU, TCG, { timeoutMs: 1 })).reason).toMatch(/too slow to be used.*came to "\w*" of RPLXMST in 1 ms/);
  });
  it('says what QEMU says', async () => {
    expect((await probe(QEMU, ['-accel', 'nonsense'])).reason).toMatch(/does not run a test guest \(.*nonsense/);
    expect((await probe('/no/such/qemu', TCG)).reason).toMatch(/could not be tried/);
  });
  it('is what its source says', () => {
    cpSync(SOURCES, directory, { recursive: true });
    execFileSync('sh', [join(directory, 'assemble.sh')]);
    expect(readFileSync(join(directory, 'rom.ts'), 'utf8')).toBe(readFileSync(join(SOURCES, 'rom.ts'), 'utf8'));
  });
});

describe('the engine\'s facts', () => {
  it('name the version and the accelerator, with the reason', async () => {
    const bench = makeBench();
    try {
      const facts = await bench.engine().facts();
      expect(facts).toMatchObject({ name: 'qemu', version: expect.stringMatching(/^\d+\.\d+/) as string });
      expect(facts.acceleratorReason === '').toBe(facts.accelerator === 'kvm');
    } finally { await bench.end(); }
  });

  it('are kept for this boot and this QEMU only', async () => {
    const bench = makeBench(), kept = join(directory, 'kvm-probe.json');
    const { version } = await bench.engine().facts();
    const reasonWith = async (outcome: object): Promise<string> => {
      writeFileSync(kept, JSON.stringify({ bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), version, runAs: null, reason: 'as kept', ...outcome }));
      return (await bench.engine({ cacheDirectory: directory }).facts()).acceleratorReason;
    };
    try {
      expect(await reasonWith({})).toBe('as kept');
      expect(await reasonWith({ bootId: 'another' })).not.toBe('as kept');
      expect(await reasonWith({ version: '1.0' })).not.toBe('as kept');
      expect(await reasonWith({ reason: 5 })).not.toBe('as kept');
      expect(existsSync(kept)).toBe(true);
    } finally { await bench.end(); }
  });
});
