"""What is on the disks of this machine: volumes, the operating systems on them, and which ranges nobody uses."""
import os
import re
import struct
from blocks import Disk, Unsupported, partitions, sniff
from ext import Ext
from hive import windows_name
from lvm import volumes as logical_volumes

PAGE = 4096
# Never worth a copy: what is read from is not the machine's own.
NO_DISKS = re.compile(r'^(loop|ram|zram|sr|fd|dm-|md|nbd)')


class Volume:
    """A place with a file system, or with something else. `files` reads from it, or is None."""
    def __init__(self, place, kind, uuid):
        self.place, self.name, self.device, self.kind, self.uuid = place, place.name, getattr(place, 'device', None) or getattr(place, 'path', None), kind, uuid
        self.files, self.free, self.problem = None, [], ''

    def disks(self):
        return sorted({disk.name for disk, _, _ in self.place.pieces(0, self.place.size)})

    def text(self, path):
        try:
            raw = self.files.read_file(path) if self.files else None
        except (Unsupported, OSError):
            raw = None
        return None if raw is None else raw.decode('utf8', 'replace')


class System:
    def __init__(self, kind, name, root, volumes):
        self.kind, self.name, self.root = kind, name, root
        self.disks = sorted({disk for volume in volumes for disk in volume.disks()})

    def facts(self):
        return {'kind': self.kind, 'name': self.name, 'root': self.root.name, 'disks': self.disks}


class Machine:
    """@param paths of block devices or image files"""
    def __init__(self, paths, mount=None):
        self.disks = [Disk(path) for path in paths]
        self.volumes, self.free = [], {disk.name: [] for disk in self.disks}
        members = []
        for disk in self.disks:
            for place in partitions(disk) or [disk]:
                kind, uuid = sniff(place)
                self.volumes.append(Volume(place, kind, uuid))
                if kind == 'LVM2_member':
                    members.append(place)
        logical, unused = logical_volumes(members)
        self.volumes += [Volume(place, *sniff(place)) for place in logical]
        for volume in self.volumes:
            self._open(volume, mount)
            self._leave_out(volume.place, volume.free)
        for place, offset, length in unused:
            self._leave_out(place, [(offset, length)])
        self.systems = self._systems()

    def _open(self, volume, mount):
        try:
            if volume.kind == 'ext':
                volume.files = Ext(volume.place)
                volume.free = volume.files.free()
                if volume.files.needs_recovery:
                    volume.problem = 'it was not shut down cleanly, so all of it is copied'
            elif volume.kind == 'swap':
                volume.free = [(PAGE, volume.place.size // PAGE * PAGE - PAGE)]
            elif mount and volume.device and volume.kind in ('xfs', 'btrfs', 'ntfs'):
                volume.files = mount(volume)
        except (Unsupported, OSError, ValueError) as why:
            volume.problem = f'it is copied whole ({why})'

    def _leave_out(self, place, ranges):
        for offset, length in ranges:
            for disk, at, count in place.pieces(offset, length):
                self.free[disk.name].append((at, at + count))

    def _systems(self):
        return [system for volume in self.volumes if volume.files for system in (linux(volume, self.volumes) or windows(volume),) if system]

    def disk(self, name):
        return next(disk for disk in self.disks if disk.name == name)


def linux(volume, volumes):
    release = next((text for text in (volume.text('etc/os-release'), volume.text('usr/lib/os-release')) if text), None)
    if release is None or volume.text('etc/fstab') is None and not volume.text('etc/passwd'):
        return None
    named = [found for spec, point in fstab(volume.text('etc/fstab') or '') if point.startswith('/') for found in [named_by(spec, volumes)] if found]
    return System('linux', os_name(release), volume, [volume, *named])


SOFTWARE = ('Windows/System32/config/SOFTWARE', 'WINDOWS/system32/config/software', 'WINNT/system32/config/software')


def windows(volume):
    if volume.kind != 'ntfs':
        return None
    for path in SOFTWARE:
        try:
            data = volume.files.read_file(path)
            name = windows_name(data) if data else None
        except (OSError, ValueError, struct.error) as why:
            name, volume.problem = 'Windows', f'its registry cannot be read ({why})'
        if name:
            return System('windows', name, volume, [volume])
    return None


def os_name(release):
    fields = dict(re.findall(r'^([A-Z_]+)=(.*)$', release, re.M))
    return (fields.get('PRETTY_NAME') or fields.get('NAME') or 'Linux').strip().strip('"\'')


def fstab(text):
    """[(what, where)]"""
    lines = (line.split('#')[0].split() for line in text.splitlines())
    return [(fields[0].strip('"'), fields[1]) for fields in lines if len(fields) >= 2]


def named_by(spec, volumes):
    if spec.startswith('UUID='):
        wanted = spec[5:].strip('"').lower()
        return next((v for v in volumes if v.uuid and v.uuid.lower() == wanted), None)
    same = lambda volume: volume.device == spec or spec == f'/dev/{volume.name}'
    return next((v for v in volumes if same(v)), None)


def disks_here():
    """The disks of this machine, largest kinds of things left out: CD drives, and where this very system came from."""
    names = [name for name in sorted(os.listdir('/sys/block')) if not NO_DISKS.match(name)]
    return [f'/dev/{name}' for name in names if _number(f'/sys/block/{name}/size') > 0 and _number(f'/sys/block/{name}/removable') == 0]


def _number(path):
    try:
        with open(path) as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def merged(ranges):
    found = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return found
