/* Disk images say at their beginning what they are; a fixed VHD does so in its last sector only, a raw disk nowhere. */

export const VHD_MARK = 'conectix', VMDK_MARK = 'KDMV';
const MARKS = [['QFI\xfb', 'qcow2'], [VMDK_MARK, 'vmdk'], ['vhdxfile', 'vhdx'], [VHD_MARK, 'vhd']] as const;

/** @param head the first bytes, eight at least where there are so many */
export const imageFormatOf = (head: Uint8Array): 'qcow2' | 'vmdk' | 'vhdx' | 'vhd' | undefined => MARKS.find(([mark]) => [...mark].every((character, i) => head[i] === character.charCodeAt(0)))?.[1];
