import { chown, rm, writeFile } from 'node:fs/promises';
import type { Log } from '../../platform/log';
import type { Identity } from '../../platform/run-program';
import { EngineError } from '../contract';
import type { MachineSpec } from '../contract';
import { grantAccess } from './access';
import { FILES, secretFile, secretsOfMachine } from './command-line';
import type { Means } from './command-line';
import type { QemuFacts } from './facts';
import { secretsOf } from './devices';
import { firmwareFor } from './firmware';
import type { KeptDirectory } from './kept';
import type { MachineDirectory } from './run-directory';
import { endTpms, startTpm } from './tpm';

/* What must be there before a machine's QEMU is launched: its UEFI variables, its TPM, its secrets, and the right to open all of it. Most machines need only the last. */

export interface Preparation { spec: MachineSpec; facts: QemuFacts; kept: KeptDirectory; directory: MachineDirectory; runAs: Identity | undefined; log: Log }

/** For commandLine(): what of this host the machine will use. Makes nothing. */
export const meansOf = (spec: MachineSpec, facts: QemuFacts, kept: KeptDirectory): Means => {
  const firmware = firmwareFor(spec, facts.firmware);
  if (spec.tpm === true && facts.swtpm === undefined) throw new EngineError('missing-program', 'swtpm, which makes a TPM, is not installed; on Debian: apt install swtpm');
  return {
    now: Date.now(),
    ...(firmware ? { firmware: { code: firmware.code, variables: { path: kept.variablesPath(spec.uuid, isSecure(spec)), format: firmware.variables.format } } } : {}),
  };
};

/** Answers whom QEMU runs as. */
export const prepare = async ({ spec, facts, kept, directory, runAs, log }: Preparation): Promise<Identity | undefined> => {
  const firmware = firmwareFor(spec, facts.firmware);
  if (firmware) await kept.needVariables(spec.uuid, firmware, isSecure(spec));
  const [user] = await Promise.all([
    grantAccess(spec, directory.path, runAs, log, firmware ? [kept.variablesPath(spec.uuid, isSecure(spec))] : []), directory.remember(withoutSecrets(spec)),
  ]);
  const give = async (file: string, content: string | Uint8Array): Promise<void> => {
    const path = directory.file(file);
    await writeFile(path, content, { mode: 0o600, flag: 'wx' });
    if (user) await chown(path, user.uid, user.gid);
  };
  for (const { id, value } of secretsOfMachine(spec)) await give(secretFile(id), value);
  if (spec.seed) await give(FILES.seed, spec.seed);
  if (spec.tpm === true && facts.swtpm !== undefined) await startTpm(facts.swtpm, directory, await kept.tpm(spec.uuid, user), user);
  return user;
};

/** QEMU has read them. */
export const dropSecrets = async (spec: MachineSpec, directory: MachineDirectory): Promise<void> => {
  for (const { id } of secretsOfMachine(spec)) await rm(directory.file(secretFile(id)), { force: true });
};

/** After a start that failed: nobody will connect to its TPM. */
export const unprepare = async (spec: MachineSpec, kept: KeptDirectory): Promise<void> => { if (spec.tpm === true) await endTpms([kept.tpmPath(spec.uuid)]); };

const isSecure = ({ boot }: MachineSpec): boolean => boot.by === 'firmware' && boot.secureBoot === true;

const withoutSecrets = ({ seed: _seed, ...spec }: MachineSpec): MachineSpec => ({ ...spec, disks: spec.disks.map(({ image, ...disk }) => (image && secretsOf(disk.userdevice, image).length === 0 ? { ...disk, image } : disk)) });
