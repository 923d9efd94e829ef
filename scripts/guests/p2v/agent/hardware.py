"""What this machine is made of, as the new virtual machine will be."""
import hashlib
import os
import re

ROUND_BYTES = 64 * 1024 * 1024


def read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError):
        return ''


def memory_bytes():
    """What is in it, not what the kernel left of that."""
    total = int(re.search(r'MemTotal:\s+(\d+)', read('/proc/meminfo') or 'MemTotal: 1048576').group(1)) * 1024
    return -(-total * 103 // 100 // ROUND_BYTES) * ROUND_BYTES


def nics():
    """[{name, mac}] of the real ones, by name."""
    found = []
    for name in sorted(os.listdir('/sys/class/net') if os.path.isdir('/sys/class/net') else []):
        mac = read(f'/sys/class/net/{name}/address')
        if os.path.exists(f'/sys/class/net/{name}/device') and re.fullmatch(r'(?:[0-9a-f]{2}:){5}[0-9a-f]{2}', mac):
            found.append({'name': name, 'mac': mac})
    return found


def firmware():
    return 'uefi' if os.path.isdir('/sys/firmware/efi') else 'bios'


def model():
    return ' '.join(part for part in (read('/sys/class/dmi/id/sys_vendor'), read('/sys/class/dmi/id/product_name')) if part)


def identity(disks):
    """The same machine with the same disks says the same: so that it finds its interrupted transfer again."""
    facts = [read('/sys/class/dmi/id/product_uuid'), *(nic['mac'] for nic in nics()), *(f'{disk.name} {disk.size}' for disk in disks)]
    return hashlib.sha256('\n'.join(facts).encode()).hexdigest()


def describe(name, machine, disks, grids):
    systems = [system for system in machine.systems if any(disk.name in system.disks for disk in disks)]
    return {
        'name': name, 'identity': identity(disks), 'model': model(), 'firmware': firmware(),
        'memoryBytes': memory_bytes(), 'vcpus': os.cpu_count() or 1, 'nics': nics()[:7],
        'disks': [{'name': disk.name, 'sizeBytes': disk.size, 'usedBytes': grid.bytes()} for disk, grid in zip(disks, grids)],
        'systems': [system.facts() for system in systems],
    }
