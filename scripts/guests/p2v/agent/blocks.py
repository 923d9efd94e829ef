"""Places that bytes are read from, and what divides them: disks, partitions (MBR, GPT), LVM. Everything here only reads, and knows no device-mapper:
a logical volume is a list of extents of its disks, so a file with the image of a disk is looked into exactly as the disk itself."""
import os
import struct
import uuid


class Unsupported(Exception):
    """It is there, but we do not understand it well enough: it is copied whole."""


class Disk:
    """A disk of this machine, or an image file. Opened for reading, never otherwise."""
    def __init__(self, path, name=None):
        self.path, self.name = path, name or os.path.basename(path)
        self.fd = os.open(path, os.O_RDONLY)
        self.size = os.lseek(self.fd, 0, os.SEEK_END)

    def read(self, offset, length):
        parts = []
        while length > 0:
            part = os.pread(self.fd, length, offset)
            if not part:
                break
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return b''.join(parts) + bytes(length)

    def pieces(self, offset, length):
        """Where these bytes really are: (disk, offset, length)."""
        yield self, offset, length


class Mapped:
    """Extents of other places, one after the other: a partition, a logical volume."""
    def __init__(self, name, extents, device=None):
        self.name, self.extents, self.device = name, extents, device  # extents: [(place, offset, length)]
        self.size = sum(length for _, _, length in extents)

    def read(self, offset, length):
        wanted = max(0, min(length, self.size - offset))
        parts = [place.read(at, count) for place, at, count in self._within(offset, wanted)]
        return b''.join(parts) + bytes(length - wanted)

    def pieces(self, offset, length):
        for place, at, count in self._within(offset, min(length, self.size - offset)):
            yield from place.pieces(at, count)

    def _within(self, offset, length):
        for place, at, count in self.extents:
            if length <= 0:
                return
            if offset < count:
                part = min(length, count - offset)
                yield place, at + offset, part
                offset, length = 0, length - part
            else:
                offset -= count


def partitions(disk):
    """Of a disk: [Mapped]; empty where it is not divided."""
    found = _gpt(disk) or _mbr(disk)
    return [Mapped(part_name(disk.name, number), [(disk, start, length)], part_name(disk.path, number)) for number, start, length in found]


def part_name(disk, number):
    return f'{disk}p{number}' if disk[-1:].isdigit() else f'{disk}{number}'


def _gpt(disk):
    for sector in (512, 4096):
        header = disk.read(sector, 92)
        if header[:8] != b'EFI PART':
            continue
        table, count, size = struct.unpack('<QII', header[72:88])
        if not 128 <= size <= 4096 or count > 1024:
            continue
        entries = disk.read(table * sector, count * size)
        found = []
        for number in range(count):
            entry = entries[number * size:number * size + 48]
            first, last = struct.unpack('<QQ', entry[32:48])
            if entry[:16] != bytes(16) and first <= last and (last + 1) * sector <= disk.size:
                found.append((number + 1, first * sector, (last - first + 1) * sector))
        return found
    return []


EXTENDED = (0x05, 0x0f, 0x85)


def _mbr(disk):
    table = disk.read(0, 512)
    if table[510:] != b'\x55\xaa':
        return []
    entries = _mbr_entries(table)
    if any(flag not in (0, 0x80) for flag, _, _, _ in entries):
        return []  # a boot sector of a file system, not a table
    found = [(number + 1, start * 512, count * 512) for number, (_, kind, start, count) in enumerate(entries) if kind and kind not in EXTENDED]
    for _, kind, start, _ in entries:
        if kind in EXTENDED:
            found += _logical(disk, start)
    return [(number, start, length) for number, start, length in found if length > 0 and start + length <= disk.size]


def _mbr_entries(table):
    return [(table[at], table[at + 4], *struct.unpack('<II', table[at + 8:at + 16])) for at in range(446, 510, 16)]


def _logical(disk, base):
    found, at = [], base
    while len(found) < 60:
        table = disk.read(at * 512, 512)
        if table[510:] != b'\x55\xaa':
            break
        (_, kind, start, count), (_, link, following, _) = _mbr_entries(table)[:2]
        if kind:
            found.append((5 + len(found), (at + start) * 512, count * 512))
        if link not in EXTENDED or following == 0:
            break
        at = base + following
    return found


def _uuid(raw):
    return str(uuid.UUID(bytes=raw))


def sniff(place):
    """What a place holds: (kind, uuid as fstab writes it). Kind is '' for nothing that we know."""
    head = place.read(0, 4096 * 17)
    if head[:6] == b'LUKS\xba\xbe':
        return 'LUKS', ''
    if head[3:11] == b'-FVE-FS-':
        return 'BitLocker', ''
    if any(head[at:at + 8] == b'LABELONE' and head[at + 24:at + 32] == b'LVM2 001' for at in range(0, 2048, 512)):
        return 'LVM2_member', ''
    if any(head[at:at + 4] == b'\xfc\x4e\x2b\xa9' for at in (0, 4096)):
        return 'linux_raid_member', ''
    if head[1080:1082] == b'\x53\xef':
        return 'ext', _uuid(head[1128:1144])
    if head[:4] == b'XFSB':
        return 'xfs', _uuid(head[32:48])
    if head[0x10040:0x10048] == b'_BHRfS_M':
        return 'btrfs', _uuid(head[0x10020:0x10030])
    if head[3:11] == b'NTFS    ':
        return 'ntfs', head[72:80][::-1].hex().upper()
    for at, serial in ((82, 67), (54, 39)):
        if head[at:at + 3] == b'FAT' and head[510:512] == b'\x55\xaa':
            number = head[serial:serial + 4][::-1].hex().upper()
            return 'vfat', f'{number[:4]}-{number[4:]}'
    if head[4086:4096] == b'SWAPSPACE2':
        return 'swap', _uuid(head[1036:1052])
    if head[4086:4095] in (b'S1SUSPEND', b'LINHIB000'):
        return 'hibernated', ''
    return '', ''
