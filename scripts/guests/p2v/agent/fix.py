"""Puts right what has come, inside of its new virtual machine and with its own programs: what names disks in /etc/fstab, an initramfs with the drivers of its
new disks, the boot loader, the names of its network cards. Nothing is done that is right already; the old fstab stays beside the new one.
Ends with one line on the console that the host reads: P2V-FIXED or P2V-NOT-FIXED, and what was done."""
import os
import re
import shutil
import subprocess
import discover
import hardware
from blocks import part_name

TARGET = '/target'
VIRTIO = ('virtio_pci', 'virtio_blk', 'virtio_scsi', 'virtio_net')


class Trouble(Exception):
    pass


def run(*words, check=True, limit=2400):
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise Trouble(f'{words[0]} took too long') from None
    if check and done.returncode != 0:
        raise Trouble(f'{" ".join(words)}: {(done.stderr or done.stdout).strip()[-300:]}')
    return done.stdout


def inside(*words, **more):
    return run('chroot', TARGET, *words, **more)


def has(program):
    return any(os.path.exists(f'{TARGET}/{folder}/{program}') for folder in ('usr/sbin', 'usr/bin', 'sbin', 'bin'))


def fix(say):
    try:
        machine = discover.Machine(discover.disks_here())
        if any(volume.kind == 'LVM2_member' for volume in machine.volumes):
            run('lvm', 'vgchange', '-ay', '--sysinit', check=False)
            run('lvm', 'vgscan', '--mknodes', check=False)
        systems = [system for system in machine.systems if system.kind == 'linux']
        if not systems:
            raise Trouble('no Linux was found on its disks')
        done = [words for system in systems for words in _one(system, machine, say)]
        say(f'P2V-FIXED {"; ".join(done) or "nothing had to be put right"}')
        return 0
    except (Trouble, OSError) as why:
        say(f'P2V-NOT-FIXED {str(why) or type(why).__name__}'.replace('\n', ' '))
        return 1


def _one(system, machine, say):
    os.makedirs(TARGET, exist_ok=True)
    run('mount', system.root.device, TARGET)
    try:
        done = _fstab(machine)
        mounted = _mount_others(machine)
        for name in ('proc', 'sys', 'dev', 'run'):
            os.makedirs(f'{TARGET}/{name}', exist_ok=True)
            run('mount', '--rbind' if name == 'dev' else '--bind', f'/{name}', f'{TARGET}/{name}')
        say(f'{system.name}: mounted {", ".join(["/", *mounted])}')
        for name, work in (('the names of the network cards', _nics), ('initramfs', _initramfs), ('boot loader', lambda: _loader(system))):
            say(f'  {name} ...')
            done += work()
        return [f'{system.name}: {words}' for words in done]
    finally:
        os.sync()
        run('umount', '-R', TARGET, check=False)


def _old_device(spec, machine):
    """A name that another disk driver gave: /dev/sda1, /dev/hda1, /dev/nvme0n1p1, by-path, by-id: the disks came in their order."""
    named = re.fullmatch(r'/dev/(?:[sh]d([a-z])|nvme(\d)n1p?|mmcblk(\d)p?)(\d*)', spec)
    if not named:
        return None
    letter, *numbers, part = named.groups()
    index = ord(letter) - ord('a') if letter else int(numbers[0] or numbers[1])
    if index >= len(machine.disks):
        return None
    disk = machine.disks[index].name
    wanted = part_name(disk, part) if part else disk
    return next((volume for volume in machine.volumes if volume.name == wanted), None)


def _fstab(machine):
    path = f'{TARGET}/etc/fstab'
    with open(path) as file:
        old = file.read()
    changed, lines = [], []
    for line in old.splitlines():
        spec = line.split()[0] if line.strip() and not line.lstrip().startswith('#') else ''
        volume = _old_device(spec, machine)
        if volume and volume.uuid:
            changed.append(spec)
            line = line.replace(spec, f'UUID={volume.uuid}', 1)
        lines.append(line)
    if not changed:
        return []
    shutil.copy2(path, f'{path}.before-p2v')
    with open(f'{path}.new', 'w') as file:
        file.write('\n'.join(lines) + '\n')
    shutil.copymode(path, f'{path}.new')
    os.rename(f'{path}.new', path)
    return [f'/etc/fstab names {", ".join(changed)} by UUID']


def _mount_others(machine):
    with open(f'{TARGET}/etc/fstab') as file:
        entries = discover.fstab(file.read())
    mounted = []
    for spec, point in sorted(entries, key=lambda entry: entry[1]):
        volume = discover.named_by(spec, machine.volumes)
        if point in ('/', 'none', 'swap') or not point.startswith('/') or volume is None or volume.kind not in ('ext', 'xfs', 'btrfs', 'vfat'):
            continue
        if point in ('/boot', '/boot/efi', '/usr', '/var', '/efi') or point.startswith('/usr/'):
            os.makedirs(TARGET + point, exist_ok=True)
            run('mount', volume.device, TARGET + point)
            mounted.append(point)
    return mounted


CARD = re.compile(r'\b(?:en[opsx]\w+|eth\d+|em\d+|p\d+p\d+)\b')
CONFIGURED = ('etc/network/interfaces', 'etc/network/interfaces.d', 'etc/netplan', 'etc/systemd/network', 'etc/NetworkManager/system-connections', 'etc/sysconfig/network-scripts')


def configured(root):
    """Names of network cards that the installed system's configuration speaks of."""
    names = set()
    for place in CONFIGURED:
        path = f'{root}/{place}'
        for file in [path] if os.path.isfile(path) else [f'{path}/{name}' for name in sorted(os.listdir(path))] if os.path.isdir(path) else []:
            names |= set(CARD.findall(os.path.basename(file))) | set(CARD.findall(re.sub(r'#.*', '', hardware.read(file))))
    return sorted(names)


def names_for(pairs, spoken_of):
    """[(name, mac)]: the medium has no udev and calls cards eth0, which the installed system may never have done."""
    if len(pairs) == 1 and len(spoken_of) == 1:
        return [(spoken_of[0], pairs[0][1])]
    return [(name, mac) for name, mac in pairs if name in spoken_of]


def _nics():
    """They keep their addresses (MAC), so they can keep the names that the installed system's configuration speaks of."""
    given = re.search(r'p2v\.nics=(\S+)', hardware.read('/proc/cmdline'))
    pairs = [pair.partition('=')[::2] for pair in given.group(1).split(',')] if given else []
    pairs = names_for(pairs, configured(TARGET))
    folder = f'{TARGET}/etc/systemd/network'
    if not pairs or not os.path.isdir(f'{TARGET}/etc/systemd'):
        return []
    os.makedirs(folder, exist_ok=True)
    for name, mac in pairs:
        with open(f'{folder}/10-p2v-{name}.link', 'w') as file:
            file.write(f'# Written when this machine was brought in: the card keeps the name that it had.\n[Match]\nMACAddress={mac}\n\n[Link]\nName={name}\n')
    return [f'network cards keep their names ({", ".join(name for name, _ in pairs)})']


def _initramfs():
    if os.path.isdir(f'{TARGET}/etc/initramfs-tools') and has('update-initramfs'):
        images = sorted(name for name in os.listdir(f'{TARGET}/boot') if name.startswith('initrd.img-'))
        if images and has('lsinitramfs') and all(_drives(inside('lsinitramfs', f'/boot/{name}', check=False)) for name in images):
            return []
        path = f'{TARGET}/etc/initramfs-tools/modules'
        listed = hardware.read(path).split()
        with open(path, 'a') as file:
            file.write(''.join(f'{module}\n' for module in VIRTIO if module not in listed))
        inside('update-initramfs', '-u', '-k', 'all')
        return ['initramfs with virtio drivers']
    if has('dracut'):
        inside('dracut', '--force', '--regenerate-all', '--no-hostonly', '--add-drivers', ' '.join(VIRTIO))
        return ['initramfs with virtio drivers']
    if has('mkinitcpio'):
        inside('mkinitcpio', '-P', check=False)
        return ['initramfs made anew']
    return ['its initramfs was left alone: neither initramfs-tools nor dracut is on it']


def _drives(listing):
    return 'virtio_blk.ko' in listing and 'virtio_pci.ko' in listing


def _loader(system):
    done = []
    disk = f'/dev/{system.disks[0]}'
    if has('grub-install') and os.path.isdir(f'{TARGET}/usr/lib/grub/i386-pc') and not os.path.isdir(f'{TARGET}/boot/efi/EFI'):
        inside('grub-install', '--target=i386-pc', disk)
        done.append('GRUB written to the disk')
    if has('update-grub'):
        inside('update-grub')
        done.append('its menu made anew')
    return done + _efi()


def _efi():
    """The firmware of the new machine remembers nothing of the old one's: it looks for one name."""
    for folder in ('boot/efi/EFI', 'efi/EFI'):
        efi = f'{TARGET}/{folder}'
        if not os.path.isdir(efi):
            continue
        present = {name.lower(): name for name in os.listdir(efi)}
        boot = f'{efi}/{present.get("boot", "BOOT")}'
        if os.path.isdir(boot) and any(name.lower() == 'bootx64.efi' for name in os.listdir(boot)):
            return []
        vendor = next((f'{efi}/{name}' for key, name in present.items() if key != 'boot' and os.path.exists(f'{efi}/{name}/grubx64.efi')), None)
        if vendor is None:
            return ['no boot loader was found in its EFI partition']
        os.makedirs(boot, exist_ok=True)
        for name in os.listdir(vendor):
            if name.lower().endswith('.efi'):
                shutil.copyfile(f'{vendor}/{name}', f'{boot}/{name}')
        first = 'shimx64.efi' if os.path.exists(f'{vendor}/shimx64.efi') else 'grubx64.efi'
        shutil.copyfile(f'{vendor}/{first}', f'{boot}/BOOTX64.EFI')
        return ['its EFI boot loader under the name that every firmware looks for']
    return []
