"""File systems that only the kernel reads, mounted so that nothing is replayed and nothing written: the disks below are set read-only besides."""
import os
import subprocess

OPTIONS = {'xfs': 'ro,norecovery', 'btrfs': 'ro,rescue=nologreplay', 'ntfs': 'ro'}
DRIVERS = {'ntfs': 'ntfs3'}
FILE_MAX_BYTES = 256 * 1024 * 1024


class Mounted:
    def __init__(self, folder):
        self.folder = folder

    def read_file(self, path):
        """Links that lead out of it are followed inside of it."""
        at = os.path.join(self.folder, path)
        for _ in range(20):
            if not os.path.islink(at):
                break
            target = os.readlink(at)
            at = os.path.join(self.folder, target.lstrip('/')) if target.startswith('/') else os.path.normpath(os.path.join(os.path.dirname(at), target))
        if not at.startswith(self.folder + '/') or not os.path.isfile(at) or os.path.getsize(at) > FILE_MAX_BYTES:
            return None
        with open(at, 'rb') as file:
            return file.read()


def mount(volume):
    device = node(volume)
    folder = f'/run/p2v/{volume.name.replace("/", "~")}'
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(['mount', '-t', DRIVERS.get(volume.kind, volume.kind), '-o', OPTIONS[volume.kind], device, folder], capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(done.stderr.strip() or 'it cannot be mounted')
    return Mounted(folder)


def node(volume):
    """Of a logical volume: a read-only mapping of its extents, made by us and not by LVM."""
    if os.path.exists(volume.device):
        return volume.device
    name, table, at = 'p2v-' + volume.name.replace('/', '-'), [], 0
    for disk, offset, length in volume.place.pieces(0, volume.place.size):
        table.append(f'{at} {length // 512} linear {disk.path} {offset // 512}')
        at += length // 512
    done = subprocess.run(['dmsetup', 'create', '--readonly', '--noudevsync', name], input='\n'.join(table), capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(done.stderr.strip())
    subprocess.run(['dmsetup', 'mknodes'], capture_output=True)
    return f'/dev/mapper/{name}'
