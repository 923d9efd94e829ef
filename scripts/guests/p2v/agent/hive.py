"""Reads a registry hive of Windows (`regf`): values by the path of their key. Only what is needed to name an installed Windows."""
import struct

BASE = 0x1000
TEXT_TYPES = (1, 2)


class Hive:
    def __init__(self, data):
        if data[:4] != b'regf':
            raise ValueError('no registry hive')
        self.data = data
        self.root = struct.unpack('<I', data[0x24:0x28])[0]

    def _cell(self, offset):
        at = BASE + offset
        size = abs(struct.unpack('<i', self.data[at:at + 4])[0])
        return self.data[at + 4:at + size]

    def values(self, *path):
        """{name: text} of a key's texts; None where there is no such key."""
        key = self._key(self.root, [part.lower() for part in path])
        if key is None:
            return None
        count, listed = struct.unpack('<II', key[0x24:0x2c])
        if count == 0:
            return {}
        pointers = struct.unpack(f'<{count}I', self._cell(listed)[:4 * count])
        return dict(pair for pair in map(self._value, pointers) if pair)

    def _key(self, offset, path):
        node = self._cell(offset)
        if node[:2] != b'nk':
            return None
        if not path:
            return node
        count, listed = struct.unpack('<I', node[0x14:0x18])[0], struct.unpack('<I', node[0x1c:0x20])[0]
        for child in self._children(listed) if count else ():
            if self._name(self._cell(child)).lower() == path[0]:
                return self._key(child, path[1:])
        return None

    def _children(self, offset):
        cell = self._cell(offset)
        kind, count = cell[:2], struct.unpack('<H', cell[2:4])[0]
        step = 8 if kind in (b'lf', b'lh') else 4
        for at in range(4, 4 + count * step, step):
            child = struct.unpack('<I', cell[at:at + 4])[0]
            if kind == b'ri':
                yield from self._children(child)
            else:
                yield child

    @staticmethod
    def _name(node):
        length = struct.unpack('<H', node[0x48:0x4a])[0]
        raw = node[0x4c:0x4c + length]
        return raw.decode('latin1') if struct.unpack('<H', node[2:4])[0] & 0x20 else raw.decode('utf-16-le', 'replace')

    def _value(self, offset):
        cell = self._cell(offset)
        named, size, where, kind, flags = struct.unpack('<HIIIH', cell[2:18])
        if cell[:2] != b'vk' or kind not in TEXT_TYPES:
            return None
        raw = cell[8:12][:size & 0x7fffffff] if size & 0x80000000 else self._cell(where)[:size]
        name = cell[20:20 + named].decode('latin1' if flags & 1 else 'utf-16-le', 'replace')
        return name, raw.decode('utf-16-le', 'replace').rstrip('\0')


def windows_name(data):
    """`Windows Server 2019 Standard (1809, build 17763)`"""
    told = Hive(data).values('Microsoft', 'Windows NT', 'CurrentVersion')
    if told is None:
        return None
    build = told.get('CurrentBuild', '')
    name = told.get('ProductName', 'Windows')
    if build.isdigit() and int(build) >= 22000:
        name = name.replace('Windows 10', 'Windows 11')  # it still says 10
    facts = [fact for fact in (told.get('DisplayVersion') or told.get('ReleaseId', ''), f'build {build}' if build else '') if fact]
    return f'{name} ({", ".join(facts)})' if facts else name
