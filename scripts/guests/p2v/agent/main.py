"""The agent: looks at the disks of this machine, asks what to take and where to, and brings it there. Never writes to a disk of this machine.
Everything can be said beforehand, on the kernel's command line (p2v.host=...) or as arguments (host=...); what is missing is asked for, or with auto=1 an error.
  host  fingerprint  code | user password  name  take (all, a number, or disks: sda,sdb)  disk (paths, for image files)  after (stay, poweroff, reboot)  mode (fix)"""
import fcntl
import getpass
import os
import re
import sys
import discover
import hardware
from send import Grid, send
from wire import Host, Refused, Silent, fingerprint_of

LOCK = '/run/p2v.lock'


def settings(words):
    return {key.removeprefix('p2v.'): value for key, sep, value in (word.partition('=') for word in words) if sep}


class Talk:
    def __init__(self, given):
        self.given, self.auto = given, given.get('auto') == '1'

    def say(self, text=''):
        print(text, flush=True)

    def ask(self, key, question, fallback='', secret=False):
        if key in self.given:
            return self.given.pop(key)
        if self.auto:
            if fallback:
                return fallback
            raise Refused(f'p2v.{key} is not given')
        prompt = f'{question}{f" [{fallback}]" if fallback else ""}: '
        return (getpass.getpass(prompt) if secret else input(prompt)).strip() or fallback


def show(talk, machine):
    for disk in machine.disks:
        talk.say(f'  {disk.name:10} {disk.size / 2**30:8.1f} GiB')
        for volume in (v for v in machine.volumes if disk.name in v.disks()):
            talk.say(f'    {volume.name:22} {volume.place.size / 2**30:8.1f} GiB  {volume.kind or "-":12} {volume.problem}')
    talk.say()
    for number, system in enumerate(machine.systems, 1):
        talk.say(f'  {number}. {system.name}, on {system.root.name} (disks: {", ".join(system.disks)})')
    if not machine.systems:
        talk.say('  No operating system that this program knows was found. Disks can be taken all the same.')


def chosen(talk, machine):
    """The disks to take."""
    fallback = '1' if len(machine.systems) == 1 else 'all'
    while True:
        wish = talk.ask('take', 'Which to take: a number, names of disks (sda,sdb), or "all"', fallback)
        names = [disk.name for disk in machine.disks] if wish == 'all' else wish.split(',')
        if wish.isdigit() and 1 <= int(wish) <= len(machine.systems):
            names = machine.systems[int(wish) - 1].disks
        disks = [disk for disk in machine.disks if disk.name in names]
        if disks and len(disks) == len(names):
            return disks
        if talk.auto:
            raise Refused(f'p2v.take={wish}: there is no such system or disk')
        talk.say('That is neither the number of a system nor a disk.')


def connect(talk):
    while True:
        address = talk.ask('host', 'Address of the host, with its port (10.0.0.5:8443)')
        try:
            found = fingerprint_of(address)
        except Silent as why:
            if talk.auto:
                raise
            talk.say(f'No answer from {address}: {why}')
            continue
        wanted = talk.given.get('fingerprint', '').upper()
        if wanted:
            if wanted != found:
                raise Refused(f'the certificate of {address} is another one: {found}')
            break
        if talk.auto:
            raise Refused('p2v.fingerprint is not given')
        talk.say(f'The fingerprint of its certificate (SHA-256):\n  {found}')
        if talk.ask('same', 'Is it the one that the console shows? yes or no', 'no').lower() in ('y', 'yes'):
            break
    code = talk.ask('code', 'The code that the console shows (empty: user and password)', ' ' if 'user' in talk.given else '').strip()
    if code:
        return Host(address, found, code=code)
    user = talk.ask('user', 'User', 'root')
    return Host(address, found, user=user, password=talk.ask('password', 'Password', secret=True))


def bring(talk):
    talk.say('Looking at the disks of this machine ...')
    paths = talk.given['disk'].split(',') if 'disk' in talk.given else discover.disks_here()
    machine = discover.Machine(paths, mount=None if 'disk' in talk.given else mounting())
    show(talk, machine)
    if not machine.disks:
        raise Refused('this machine has no disk')
    disks = chosen(talk, machine)
    name = talk.ask('name', 'Name of the new virtual machine', hostname(machine) or 'physical machine')
    while True:
        host = connect(talk)
        lock = locked()
        try:
            grids = [Grid(disk, machine.free[disk.name], 4 * 2**20) for disk in disks]
            transfer = host.open(hardware.describe(name, machine, disks, grids))
            break
        except (Refused, Silent) as why:
            if talk.auto:
                raise
            lock.close()
            talk.say(f'The host said no: {why}')
    if transfer['chunkBytes'] != 4 * 2**20:
        grids = [Grid(disk, machine.free[disk.name], transfer['chunkBytes']) for disk in disks]
    talk.say(f'P2V-OPENED {transfer["id"]}')
    send(host, transfer, grids, talk.say)
    talk.say('P2V-DONE Everything is there. The host now makes it boot; the console shows when it is ready. This machine can be switched off.')


def hostname(machine):
    return next((text.strip() for system in machine.systems for text in (system.root.text('etc/hostname'),) if text), '')


def locked():
    """One transfer at a time, whichever of this machine's screens it was asked for at."""
    file = open(LOCK if os.access('/run', os.W_OK) and os.getpid() != 1 and 'P2V_LIVE' in os.environ else os.devnull, 'w')
    if 'P2V_LIVE' in os.environ:
        fcntl.flock(file, fcntl.LOCK_EX)
    return file


def mounting():
    from mounted import mount
    return mount


def main():
    words = sys.argv[1:] or re.findall(r'p2v\.\S+', hardware.read('/proc/cmdline'))
    talk = Talk(settings(words))
    if talk.given.get('mode') == 'fix':
        from fix import fix
        sys.exit(fix(talk.say))
    while True:
        try:
            bring(talk)
            return
        except (Refused, Silent) as why:
            talk.say(f'P2V-FAILED {why}')
            if talk.auto:
                sys.exit(1)
        except (EOFError, KeyboardInterrupt):
            talk.say()


if __name__ == '__main__':
    main()
