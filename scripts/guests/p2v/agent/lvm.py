"""LVM2 as it stands on the disks: labels and the text of the metadata. Logical volumes become extents of disks; nothing is activated."""
import re
import struct
from blocks import Mapped

SECTOR = 512
MDA_MAGIC = b' LVM2 x[5A%r0N*>'


def volumes(places):
    """All logical volumes on these places (those that hold an LVM label), and the ranges of them that no volume uses: ([Mapped], [(place, offset, length)])."""
    members, groups = {}, {}
    for place in places:
        label = _read_label(place)
        if label is None:
            continue
        pv, text = label
        members[pv] = place
        if text:
            for name, group in parse(text).items():
                if isinstance(group, dict) and 'physical_volumes' in group and group.get('seqno', 0) >= groups.get(name, {}).get('seqno', 0):
                    groups[name] = group
    found, free = [], []
    for name, group in groups.items():
        try:
            found += _volumes_of(name, group, members)
            free += _unused(group, members)
        except (KeyError, TypeError, ValueError, IndexError):
            continue  # no metadata that we understand: the disks are copied whole
    return found, free


def _read_label(place):
    for at in range(0, 4 * SECTOR, SECTOR):
        sector = place.read(at, SECTOR)
        if sector[:8] != b'LABELONE' or sector[24:32] != b'LVM2 001':
            continue
        header = at + struct.unpack('<I', sector[20:24])[0]
        raw = place.read(header, SECTOR)
        areas, offset = [], 40
        for _ in range(2):  # data areas, then metadata areas, each list ended by zeros
            ends = []
            while True:
                start, size = struct.unpack('<QQ', raw[offset:offset + 16])
                offset += 16
                if start == 0:
                    break
                ends.append((start, size))
            areas.append(ends)
        return _dashed(raw[:32].decode('latin1')), next((text for text in (_metadata(place, *area) for area in areas[1]) if text), '')
    return None


def _dashed(raw):
    return '-'.join((raw[:6], raw[6:10], raw[10:14], raw[14:18], raw[18:22], raw[22:26], raw[26:]))


def _metadata(place, start, size):
    header = place.read(start, SECTOR)
    if header[4:20] != MDA_MAGIC:
        return ''
    offset, length = struct.unpack('<QQ', header[40:56])
    if not 0 < length < size:
        return ''
    first = min(length, size - offset)  # it is a ring, which begins again after the header
    raw = place.read(start + offset, first) + (place.read(start + SECTOR, length - first) if first < length else b'')
    return raw.rstrip(b'\0').decode('utf8', 'replace')


def _volumes_of(name, group, members):
    size = group['extent_size'] * SECTOR
    places = _places(group, members)
    found = []
    for lv, record in group.get('logical_volumes', {}).items():
        extents = _extents(record, places, size)
        if extents and 'VISIBLE' in record.get('status', []):
            found.append(Mapped(f'{name}/{lv}', extents, f'/dev/mapper/{_mapper(name)}-{_mapper(lv)}'))
    return found


def _mapper(name):
    return name.replace('-', '--')


def _places(group, members):
    return {pv: (members[record['id']], record['pe_start'] * SECTOR) for pv, record in group['physical_volumes'].items() if record['id'] in members}


def _segments(record):
    return sorted((s for s in record.values() if isinstance(s, dict) and 'start_extent' in s), key=lambda s: s['start_extent'])


def _extents(record, places, size):
    """Empty: thin, mirrored, striped, or a disk is missing."""
    extents = []
    for segment in _segments(record):
        if segment['type'] != 'striped' or segment['stripe_count'] != 1 or segment['stripes'][0] not in places:
            return []
        pv, first = segment['stripes']
        place, start = places[pv]
        extents.append((place, start + first * size, segment['extent_count'] * size))
    return extents


def _unused(group, members):
    """Extents of disks that no volume of any kind names: only where every segment is of a kind that we know."""
    size, places, used = group['extent_size'] * SECTOR, _places(group, members), {}
    for record in group.get('logical_volumes', {}).values():
        for segment in _segments(record):
            if segment['type'] != 'striped':
                return []
            stripes = segment['stripes']
            for pv, first in zip(stripes[0::2], stripes[1::2]):
                used.setdefault(pv, []).append((first, first + segment['extent_count'] // segment['stripe_count']))
    free = []
    for pv, (place, start) in places.items():
        at, count = 0, group['physical_volumes'][pv]['pe_count']
        for first, end in sorted(used.get(pv, [])) + [(count, count)]:
            if first > at:
                free.append((place, start + at * size, (first - at) * size))
            at = max(at, end)
    return free


TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_.+-]+)|([{}=\[\],])|(#[^\n]*)|(\s+)')


def parse(text):
    """LVM's configuration language as nested dictionaries."""
    tokens = []
    for quoted, word, sign, _, _ in (m.groups() for m in TOKEN.finditer(text)):
        if sign:
            tokens.append(('sign', sign))
        elif word:
            tokens.append(('word', int(word) if re.fullmatch(r'-?\d+', word) else word))
        elif quoted is not None:
            tokens.append(('text', quoted))
    return _section(tokens, 0)[0]


def _section(tokens, at):
    found = {}
    while at < len(tokens) and tokens[at] != ('sign', '}'):
        key, sign = tokens[at][1], tokens[at + 1][1]
        if sign == '{':
            found[str(key)], at = _section(tokens, at + 2)
            at += 1
        elif sign == '=':
            found[str(key)], at = _value(tokens, at + 2)
        else:
            raise ValueError(f'{key} {sign}')
    return found, at


def _value(tokens, at):
    if tokens[at] != ('sign', '['):
        return tokens[at][1], at + 1
    values, at = [], at + 1
    while tokens[at] != ('sign', ']'):
        if tokens[at] != ('sign', ','):
            values.append(tokens[at][1])
        at += 1
    return values, at + 1
