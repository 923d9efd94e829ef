import type { MachineSpec } from '../contract';
import type { FirmwareImage } from './firmware';

/* What a machine boots by, as QEMU's arguments: the BIOS, UEFI from flash, or a kernel. */

export interface FirmwareFiles { code: FirmwareImage; /** The machine's own. */ variables: FirmwareImage }

/** Throws when the machine wants UEFI and there is none. */
export const firmwareOrKernel = ({ boot }: MachineSpec, firmware: FirmwareFiles | undefined): string[] => {
  const kernel = boot.by === 'kernel' ? ['-kernel', boot.kernelPath, ...(boot.initrdPath === undefined ? [] : ['-initrd', boot.initrdPath]), '-append', boot.args] : undefined;
  if (boot.firmware !== 'uefi') return kernel ?? ['-boot', 'strict=on,menu=off'];
  if (!firmware) throw new Error('no UEFI firmware is installed; on Debian: apt install ovmf');
  const secure = boot.by === 'firmware' && boot.secureBoot === true;
  return [
    ...kernel ?? ['-boot', 'strict=on,menu=off'],
    '-blockdev', JSON.stringify(flash('firmware-code', firmware.code, true)), '-blockdev', JSON.stringify(flash('firmware-variables', firmware.variables, false)),
    // Secure boot is none when the guest can write to the variables by itself: only code in SMM can.
    '-machine', `pflash0=firmware-code,pflash1=firmware-variables${secure ? ',smm=on' : ''}`,
    ...(secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on', '-global', 'ICH9-LPC.disable_s3=1'] : []),
  ];
};

const flash = (node: string, { path, format }: FirmwareImage, readOnly: boolean): object =>
  ({ driver: format, 'node-name': node, 'read-only': readOnly, file: { driver: 'file', filename: path, 'node-name': `${node}-file` } });
