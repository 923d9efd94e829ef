#!/usr/bin/python3
# libvirt with many defined domains, over one kept connection: reads a word a line (stats, undefine), answers a JSON line.
import json, sys, time, uuid
import libvirt

count = int(sys.argv[1])
libvirt.registerErrorHandler(lambda *_: None, None)
connection = libvirt.open('qemu:///system')
XML = '''<domain type='qemu'><name>ac-bench-%06d</name><uuid>%s</uuid><memory unit='MiB'>512</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator><interface type='user'><model type='virtio'/></interface><disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/></disk></devices></domain>'''
domains = [connection.defineXML(XML % (i, uuid.UUID(int=(1 << 100) + i))) for i in range(count)]
print(json.dumps({'defined': len(domains)}), flush=True)
for line in sys.stdin:
    begin = time.perf_counter()
    word = line.strip()
    if word == 'stats':
        answer = len(connection.getAllDomainStats())
    elif word == 'undefine':
        for domain in domains:
            domain.undefine()
        answer = 0
    print(json.dumps({'answer': answer, 'ms': (time.perf_counter() - begin) * 1000}), flush=True)
