import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

/* libvirt as a peer: Debian's libvirtd without systemd, with its defaults, ended with the benchmark. Needs root and the packages
 * libvirt-daemon-system, libvirt-daemon-driver-qemu and libvirt-clients. */

const NAME = 'administrator-console-bench';
const CONNECT_PATIENCE_MS = 30_000;
/* A /dev/kvm that is there and does not work makes libvirt 9.0 ask QEMU anew what it can do, before everything it does (5 to 14 s each time). An empty file in
 * its place, for the daemons alone, is what a machine without KVM is to it. */
const NO_KVM = '[ ! -e /dev/kvm ] || { none=$(mktemp); mount --bind "$none" /dev/kvm; rm "$none"; }; ';

export interface Domain { kernel: string; initrd: string; args: string; disk: string; memoryMib: number }
export interface Libvirt { start(): Promise<void>; destroy(): Promise<void>; dispose(): Promise<void> }

export const virsh = async (...args: string[]): Promise<void> => {
  const child = spawn('virsh', ['-q', '-c', 'qemu:///system', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text; });
  const [code] = await once(child, 'close') as [number];
  if (code !== 0) throw new Error(`virsh ${args.join(' ')}: ${said.trim()}`);
};

/** The daemons of this run; undefined where libvirt is not installed or may not be run. */
export const startDaemons = async (): Promise<{ pid(): number; end(): Promise<void> } | undefined> => {
  if (process.getuid?.() !== 0 || !fs.existsSync('/usr/sbin/libvirtd')) return undefined;
  const daemon = (program: string): ReturnType<typeof spawn> =>
    spawn('unshare', ['--mount', 'sh', '-c', `${NO_KVM}exec python3 "$@"`, 'sh', path.join(import.meta.dirname, 'reaper.py'), program], { stdio: 'ignore' });
  const daemons = [daemon('virtlogd'), daemon('libvirtd')];
  const end = async (): Promise<void> => {
    for (const child of daemons.reverse()) if (child.exitCode === null && child.signalCode === null) { const exit = once(child, 'exit'); child.kill(); await exit; }
  };
  const until = Date.now() + CONNECT_PATIENCE_MS;
  for (;;) {
    try { execFileSync('virsh', ['-q', '-c', 'qemu:///system', 'version'], { stdio: 'ignore' }); break; } catch (error) { if (Date.now() > until) { await end(); throw error; } }
  }
  const reaper = daemons[1]?.pid ?? 0;
  return { pid: () => Number(fs.readFileSync(`/proc/${reaper}/task/${reaper}/children`, 'utf8').trim().split(' ')[0]), end };
};

/** One domain to start and end. */
export const startLibvirt = async (scratch: string, domain: Domain): Promise<Libvirt | undefined> => {
  const daemons = await startDaemons();
  if (!daemons) return undefined;
  try {
    const file = path.join(scratch, 'domain.xml');
    fs.writeFileSync(file, xml(domain));
    await virsh('undefine', NAME).catch(() => { /* there was none */ });
    await virsh('define', file);
  } catch (error) { await daemons.end(); throw error; }
  return {
    start: () => virsh('start', NAME),
    destroy: () => virsh('destroy', NAME),
    dispose: async () => { await virsh('destroy', NAME).catch(() => { /* it does not run */ }); await virsh('undefine', NAME); await daemons.end(); },
  };
};

/** The same devices as our own command line (src/host/engine/qemu/command-line.ts), in libvirt's words. */
const xml = ({ kernel, initrd, args, disk, memoryMib }: Domain): string => `<domain type='qemu'>
  <name>${NAME}</name><memory unit='MiB'>${memoryMib}</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><kernel>${kernel}</kernel><initrd>${initrd}</initrd><cmdline>${args.replaceAll('&', '&amp;')}</cmdline></os>
  <features><acpi/><apic/></features><clock offset='utc'/>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/><source file='${disk}'/><target dev='vda' bus='virtio'/></disk>
    <interface type='user'><model type='virtio'/></interface>
    <serial type='pty'><target port='0'/></serial>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <input type='tablet' bus='virtio'/>
    <graphics type='vnc'><listen type='socket'/></graphics>
    <video><model type='vga' vram='16384'/></video>
    <memballoon model='virtio'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>
`;
