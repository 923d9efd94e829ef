"""Reads ext2, ext3 and ext4 without mounting them: nothing is replayed, nothing written. Files by path, and which blocks are free."""
import re
import struct
from blocks import Unsupported

INCOMPAT_RECOVER, INCOMPAT_META_BG, INCOMPAT_64BIT = 0x4, 0x10, 0x80
EXTENTS_FLAG, INLINE_FLAG, BLOCK_UNINIT = 0x80000, 0x10000000, 0x2
BIGALLOC = 0x200  # its maps count clusters
FILE_MAX_BYTES, LINKS_MAX = 256 * 1024 * 1024, 20
# Runs of free blocks shorter than this are copied: 8 bytes of a bitmap are 64 blocks.
FREE_RUN = re.compile(rb'\x00{8,}')


class Ext:
    def __init__(self, place):
        self.place = place
        sb = place.read(1024, 1024)
        self.inodes, blocks_low, _, _, _, self.first, log = struct.unpack('<7I', sb[:28])
        self.block = 1024 << log
        self.per_group, _, self.inodes_per_group = struct.unpack('<3I', sb[32:44])
        self.inode_size = struct.unpack('<H', sb[88:90])[0] or 128
        self.compat, self.incompat, self.ro_compat = struct.unpack('<3I', sb[92:104])
        self.reserved_gdt = struct.unpack('<H', sb[206:208])[0]
        is64 = bool(self.incompat & INCOMPAT_64BIT)
        self.blocks = blocks_low | (struct.unpack('<I', sb[336:340])[0] << 32 if is64 else 0)
        self.desc = (struct.unpack('<H', sb[254:256])[0] or 32) if is64 else 32
        if log > 6 or self.per_group == 0 or self.inodes_per_group == 0 or self.blocks * self.block > place.size + self.block:
            raise Unsupported('no sound super block')
        if self.incompat & INCOMPAT_META_BG:
            raise Unsupported('meta_bg')
        self.groups = -(-(self.blocks - self.first) // self.per_group)
        table = place.read((self.first + 1) * self.block, self.groups * self.desc)
        self.table = [self._descriptor(table[at:at + self.desc]) for at in range(0, self.groups * self.desc, self.desc)]
        self.needs_recovery = bool(self.incompat & INCOMPAT_RECOVER)

    def _descriptor(self, raw):
        bitmap, inode_bitmap, inodes = struct.unpack('<3I', raw[:12])
        if self.desc >= 64:
            high = struct.unpack('<3I', raw[32:44])
            bitmap, inode_bitmap, inodes = bitmap | high[0] << 32, inode_bitmap | high[1] << 32, inodes | high[2] << 32
        return bitmap, inode_bitmap, inodes, struct.unpack('<H', raw[18:20])[0]

    # ---- which blocks are free

    def free(self):
        """[(offset, length)] of the place. Empty while the journal is to be replayed: it may hold newer maps than those on the disk."""
        if self.needs_recovery or self.ro_compat & BIGALLOC:
            return []
        tables = -(-self.inodes_per_group * self.inode_size // self.block)
        used = sorted([(b, b + 1) for b, _, _, _ in self.table] + [(i, i + 1) for _, i, _, _ in self.table] + [(t, t + tables) for _, _, t, _ in self.table])
        found = []
        for group, (bitmap, _, _, flags) in enumerate(self.table):
            start = self.first + group * self.per_group
            end = min(start + self.per_group, self.blocks)
            if flags & BLOCK_UNINIT:
                found += self._uninit(group, start, end, used)
                continue
            for run in FREE_RUN.finditer(self.place.read(bitmap * self.block, self.per_group // 8)):
                a, b = start + run.start() * 8, min(start + run.end() * 8, end)
                if a < b:
                    found.append((a * self.block, (b - a) * self.block))
        return found

    def _uninit(self, group, start, end, used):
        """Nobody has written this group yet; tables of other groups and copies of the super block may be here all the same."""
        at = start + (1 + -(-self.groups * self.desc // self.block) + self.reserved_gdt if self._has_copy(group) else 0)
        found = []
        for a, b in used:
            if b <= at or a >= end:
                continue
            if a > at:
                found.append((at * self.block, (a - at) * self.block))
            at = max(at, b)
        if at < end:
            found.append((at * self.block, (end - at) * self.block))
        return found

    def _has_copy(self, group):
        if not self.ro_compat & 1 or group <= 1:  # sparse_super
            return True
        return any(group == base ** power for base in (3, 5, 7) for power in range(1, 20))

    # ---- files

    def read_file(self, path):
        """The bytes, or None where there is no such file."""
        inode = self._find(path)
        return None if inode is None or inode[0] & 0xf000 != 0x8000 else self._content(inode)

    def names(self, path):
        inode = self._find(path)
        return sorted(name.decode('utf8', 'replace') for name in self._entries(inode)) if inode is not None and inode[0] & 0xf000 == 0x4000 else []

    def _find(self, path, links=0):
        inode, walked = self._inode(2), []
        parts = [part for part in path.split('/') if part not in ('', '.')]
        for index, part in enumerate(parts):
            if inode[0] & 0xf000 != 0x4000:
                return None
            number = self._entries(inode).get(part.encode())
            if number is None:
                return None
            inode = self._inode(number)
            if inode[0] & 0xf000 == 0xa000:
                if links >= LINKS_MAX:
                    return None
                target = self._content(inode).decode('utf8', 'replace')
                base = '' if target.startswith('/') else '/'.join(walked)
                return self._find(_normal('/'.join([base, target, *parts[index + 1:]])), links + 1)
            walked.append(part)
        return inode

    def _inode(self, number):
        group, index = divmod(number - 1, self.inodes_per_group)
        raw = self.place.read(self.table[group][2] * self.block + index * self.inode_size, 160)
        mode, size = struct.unpack('<H', raw[:2])[0], struct.unpack('<I', raw[4:8])[0] | struct.unpack('<I', raw[108:112])[0] << 32
        return mode, size, struct.unpack('<I', raw[32:36])[0], raw[40:100]

    def _content(self, inode):
        mode, size, flags, area = inode
        if flags & INLINE_FLAG or size > FILE_MAX_BYTES:
            raise Unsupported('inline data' if flags & INLINE_FLAG else 'a huge file')
        if mode & 0xf000 == 0xa000 and size < 60:
            return area[:size]
        data = bytearray(size)
        for logical, physical, count in (self._extents(area) if flags & EXTENTS_FLAG else self._indirect(area, -(-size // self.block))):
            at = logical * self.block
            part = self.place.read(physical * self.block, min(count * self.block, max(0, size - at)))
            data[at:at + len(part)] = part
        return bytes(data)

    def _extents(self, raw):
        magic, entries, _, depth = struct.unpack('<4H', raw[:8])
        if magic != 0xf30a:
            raise Unsupported('a damaged extent tree')
        for at in range(12, 12 + entries * 12, 12):
            if depth == 0:
                logical, count, high, low = struct.unpack('<IHHI', raw[at:at + 12])
                if count <= 32768:  # more: allocated, never written
                    yield logical, high << 32 | low, count
            else:
                _, low, high = struct.unpack('<IIH', raw[at:at + 10])
                yield from self._extents(self.place.read((high << 32 | low) * self.block, self.block))

    def _indirect(self, area, blocks):
        pointers, each = struct.unpack('<15I', area), self.block // 4

        def below(block, depth):
            if depth == 0:
                yield block
                return
            for child in struct.unpack(f'<{each}I', self.place.read(block * self.block, self.block)) if block else [0] * each:
                yield from below(child, depth - 1)

        def all_blocks():
            yield from pointers[:12]
            for depth, block in enumerate(pointers[12:], 1):
                yield from below(block, depth)
        for logical, physical in zip(range(blocks), all_blocks()):
            if physical:
                yield logical, physical, 1

    def _entries(self, inode):
        data, found, at = self._content(inode), {}, 0
        while at + 8 <= len(data):
            number, length, size = struct.unpack('<IHB', data[at:at + 7])
            if length < 8:
                break
            if number:
                found[data[at + 8:at + 8 + size]] = number
            at += length
        return found


def _normal(path):
    parts = []
    for part in path.split('/'):
        if part == '..':
            parts = parts[:-1]
        elif part not in ('', '.'):
            parts.append(part)
    return '/'.join(parts)
