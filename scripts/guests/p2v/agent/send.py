"""Brings disks to the host: in chunks of a fixed grid, only those with something in them, each with its checksum, each sent again until the host has it."""
import hashlib
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from base64 import b64decode
from discover import merged
from wire import Silent

IN_FLIGHT = 3
RETRY_SECONDS = (1, 2, 4, 8, 15, 30)
# Silence of the host for so long, with no word in between, and we give up; the transfer can still be taken up again later.
PATIENCE_SECONDS = 3600


class Grid:
    """The chunks of one disk that have to be read, and what is read of each."""
    def __init__(self, disk, free, chunk):
        self.disk, self.chunk = disk, chunk
        self.count = -(-disk.size // chunk)
        self.used = self._used(merged(free))

    def _used(self, free):
        used, at = {}, 0
        for start, end in free + [[self.disk.size, self.disk.size]]:
            while at < start:
                number = at // self.chunk
                stop = min(start, (number + 1) * self.chunk)
                used.setdefault(number, []).append((at, stop - at))
                at = stop
            at = max(at, end)
        return used

    def bytes(self):
        return sum(length for ranges in self.used.values() for _, length in ranges)

    def read(self, number):
        """The chunk with zeros where nobody uses it; None: it is all zeros."""
        start = number * self.chunk
        data = bytearray(min(self.chunk, self.disk.size - start))
        for offset, length in self.used[number]:
            data[offset - start:offset - start + length] = self.disk.read(offset, length)
        return bytes(data) if data.count(0) < len(data) else None


def send(host, transfer, grids, tell, pause=time.sleep):
    """@param transfer what the host answered when it was opened. Ends when the host has everything, safely."""
    silent_since, tries = None, 0
    while True:
        try:
            state = host.state(transfer)
            silent_since, tries = None, 0
            _send_missing(host, transfer, grids, state, tell)
            host.finish(transfer)
            return
        except Silent as why:
            silent_since = silent_since or time.monotonic()
            if time.monotonic() - silent_since > PATIENCE_SECONDS:
                raise
            wait = RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)]
            tell(f'The host is silent ({why}). Once more in {wait} s.')
            tries += 1
            pause(wait)


def _send_missing(host, transfer, grids, state, tell):
    total = sum(grid.bytes() for grid in grids)
    done, told, lock = [0], [time.monotonic()], Lock()

    def count(grid, number):
        with lock:
            done[0] += sum(length for _, length in grid.used[number])
            if time.monotonic() - told[0] >= 2 or done[0] == total:
                told[0] = time.monotonic()
                tell(f'{done[0] / 2**20:.0f} of {total / 2**20:.0f} MiB, {100 * done[0] / max(1, total):.0f} %')

    def one(grid, index, number):
        data = grid.read(number)
        if data is not None:
            packed = zlib.compress(data, 1)
            encoding, body = ('deflate', packed) if len(packed) < len(data) else ('identity', data)
            host.put(transfer, index, number, body, encoding, hashlib.sha256(data).hexdigest(), done[0])
        count(grid, number)

    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        waiting = []
        for index, grid in enumerate(grids):
            there = b64decode(state['disks'][index]['done'])
            known = [number for number in sorted(grid.used) if there[number // 8] >> number % 8 & 1]
            if known:
                tell(f'{len(known)} parts of {grid.disk.name} are there already.')
            for number in known:
                count(grid, number)
            for number in sorted(set(grid.used) - set(known)):
                waiting.append(pool.submit(one, grid, index, number))
                if len(waiting) >= IN_FLIGHT * 2:
                    waiting.pop(0).result()
        for each in waiting:
            each.result()

