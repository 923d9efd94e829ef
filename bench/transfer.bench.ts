/* A disk of 2 GiB that holds 1 GiB, out of the host and in again, as single disk and as XVA: beside a bare Node server over HTTPS, and virsh vol-download and vol-upload (no TLS). All
 * figures are MB of the disk a second, so holes that do not travel count. Then a disk of 4 GiB, byte by byte, and what the service's memory does meanwhile. The client is curl for all.
 * PARTS=out,in,memory chooses. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Ref } from '../src/shared/api';
import { emptyVm } from '../tests/fixtures/install';
import { startHost } from '../tests/fixtures/host';
import { cpuOf, inTurn, report, residentMib } from './measure';
import { startDaemons, virsh } from './peers/libvirt';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5), MIB = 1024 ** 2, DISK_MIB = 2048, LARGE_MIB = 4096;
const POOL = 'administrator-console-bench';
const run = promisify(execFile), wants = (part: string): boolean => (process.env['PARTS'] ?? 'out,in,memory').split(',').includes(part);

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-transfer-'));
fs.chmodSync(scratch, 0o711);
const host = await startHost(), client = await host.connect(), session = await host.login();
const daemons = await startDaemons();
if (!daemons) console.log('libvirt is not here (root, libvirt-daemon-system): left out');

interface Contender { server: number; work: () => Promise<unknown>; /** Not measured. */ after?: () => Promise<void> }
/** MB of the disk a second, and what the server spends for it, which a busy machine changes less. */
const compare = async (title: string, contenders: Readonly<Record<string, Contender>>): Promise<void> => {
  const spent: Record<string, number[]> = {};
  const speeds = await inTurn(ROUNDS, Object.fromEntries(Object.entries(contenders).map(([name, { server, work, after }]) => [name, async () => {
    const cpu = cpuOf(server), begin = performance.now();
    await work();
    const ms = performance.now() - begin;
    (spent[name] ??= []).push((cpuOf(server) - cpu) * 1000 / (DISK_MIB / 1024));
    await after?.();
    return DISK_MIB * MIB / 1000 / ms;
  }])));
  report(title, Object.entries(speeds).map(([name, values]) => ({ name, values, unit: 'MB/s' })));
  report(`${title}: CPU time of the server, for 1 GiB of the disk`, Object.entries(spent).map(([name, [, ...values]]) => ({ name, values })));
};
/** Its answer's text; a failure is an error. */
const curl = async (...args: string[]): Promise<string> => (await run('curl', ['-skf', ...args])).stdout;
const from = (route: string, file = '/dev/null'): Promise<string> => curl('-o', file, `${host.url}${route}&session_id=${session}`);
const to = (route: string, file: string): Promise<string> => curl('-H', 'Expect:', '-T', file, `${host.url}${route}&session_id=${session}`);

/** A halted VM whose disk holds so much in each half. */
const original = async (name: string, diskMib: number, heldMib: number): Promise<{ vm: Ref<'VM'>; vdi: Ref<'VDI'> }> => {
  const { vm } = await emptyVm(client, name, { diskMib });
  const [vbd] = await client.call('VM.get_VBDs', vm), vdi = await client.call('VBD.get_VDI', vbd!), { SR, uuid } = await client.call('VDI.get_record', vdi);
  const halves = [['0x5a', 0], ['0xa5', diskMib / 2]].flatMap(([byte, at]) => ['-c', `write -P ${byte} ${at}M ${heldMib / 2}M`]);
  execFileSync('qemu-io', ['-f', 'qcow2', ...halves, path.join(host.data, 'sr', await client.call('SR.get_uuid', SR), `${uuid}.qcow2`)], { stdio: 'ignore' });
  return { vm, vdi };
};
/** Takes away what came since. */
const sweeper = async (): Promise<() => Promise<void>> => {
  const [vms, vdis] = [await client.call('VM.get_all'), await client.call('VDI.get_all')];
  return async () => {
    for (const vm of await client.call('VM.get_all')) if (!vms.includes(vm)) await client.call('VM.destroy', vm);
    for (const vdi of await client.call('VDI.get_all')) if (!vdis.includes(vdi)) await client.call('VDI.destroy', vdi);
  };
};
/** How far the service's memory rose above what it was; the kernel keeps the peak. */
const rise = async (work: () => Promise<unknown>): Promise<number> => {
  const pid = host.pid ?? 0, before = residentMib(pid);
  fs.writeFileSync(`/proc/${pid}/clear_refs`, '5');
  await work();
  return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024 - before;
};

const bareServer = async (image: string): Promise<{ url: string; pid: number; end(): Promise<void> }> => {
  const [key, cert] = ['key.pem', 'cert.pem'].map(name => path.join(scratch, name)) as [string, string];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=bare', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const map = JSON.parse(execFileSync('qemu-img', ['map', '--output=json', '-f', 'raw', image], { encoding: 'utf8' })) as { start: number; length: number; data: boolean }[];
  const server = spawn(process.execPath, ['--import', 'tsx', path.join(import.meta.dirname, 'bare-file-server.ts'), key, cert, image, JSON.stringify(map.filter(({ data }) => data).map(({ start, length }) => [start, length]))], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(server.stdout.setEncoding('utf8'), 'data') as [string];
  return { url: `https://127.0.0.1:${port.trim()}/`, pid: server.pid ?? 0, end: async () => { const exit = once(server, 'exit'); server.kill(); await exit; } };
};

let bare: Awaited<ReturnType<typeof bareServer>> | undefined;
try {
  const { vm, vdi } = await original('original', DISK_MIB, 1024), uuid = await client.call('VM.get_uuid', vm), [pool] = Object.values(await client.call('pool.get_all_records')), sr = pool!.default_SR;
  const raw = path.join(scratch, 'disk.raw'), data = path.join(scratch, 'disk.data'), xva = path.join(scratch, 'vm.xva'), vhd = path.join(scratch, 'disk.vhd');
  await from(`/export?uuid=${uuid}`, xva);
  await from(`/export_raw_vdi?vdi=${vdi}&format=vhd`, vhd);
  await from(`/export_raw_vdi?vdi=${vdi}&format=raw`, raw);
  execFileSync('fallocate', ['--dig-holes', raw]);
  bare = await bareServer(raw);
  await curl('-o', data, bare.url);
  if (daemons) {
    await virsh('pool-create-as', POOL, 'dir', '--target', scratch);
    await virsh('vol-create-as', POOL, 'virsh.raw', `${DISK_MIB}M`, '--allocation', '0', '--format', 'raw');
  }

  const { url, pid } = bare, ours = (work: () => Promise<unknown>, after?: () => Promise<void>): Contender => ({ server: host.pid ?? 0, work, ...(after ? { after } : {}) }), theirs = (...args: string[]): Contender => ({ server: daemons?.pid() ?? 0, work: () => virsh(...args) });
  if (wants('out')) await compare('Out: a disk of 2 GiB that holds 1 GiB', {
    'bare Node server over HTTPS, what holds data': { server: pid, work: () => curl('-o', '/dev/null', url) },
    'our host: XVA with checksums': ours(() => from(`/export?uuid=${uuid}`)),
    'our host: VHD': ours(() => from(`/export_raw_vdi?vdi=${vdi}&format=vhd`)),
    'our host: raw, byte by byte': ours(() => from(`/export_raw_vdi?vdi=${vdi}&format=raw`)),
    ...(daemons ? {
      'virsh vol-download, byte by byte': theirs('vol-download', '--pool', POOL, 'disk.raw', '/dev/null'),
      'virsh vol-download --sparse': theirs('vol-download', '--sparse', '--pool', POOL, 'disk.raw', path.join(scratch, 'downloaded')),
    } : {}),
  });
  const sweep = await sweeper();
  if (wants('in')) await compare('In: the same', {
    'bare Node server over HTTPS, what holds data, made safe': { server: pid, work: () => curl('-H', 'Expect:', '-T', data, url) },
    'our host: XVA with checksums': ours(() => to(`/import?sr_id=${sr}`, xva), sweep),
    'our host: VHD': ours(() => to(`/import_raw_vdi?sr_id=${sr}&format=vhd`, vhd), sweep),
    'our host: raw, byte by byte': ours(() => to(`/import_raw_vdi?sr_id=${sr}&format=raw`, raw), sweep),
    ...(daemons ? { 'virsh vol-upload, byte by byte': theirs('vol-upload', '--pool', POOL, 'virsh.raw', raw) } : {}),
  });

  if (wants('memory')) {
    const large = await original('large', LARGE_MIB, 1536), largeRaw = path.join(scratch, 'large.raw');
    report('Memory of the service (RSS): how far it rises while a disk of 4 GiB that holds 1.5 GiB passes, all of its bytes', [
      { name: 'out, raw', values: [await rise(() => from(`/export_raw_vdi?vdi=${large.vdi}&format=raw`, largeRaw))], unit: 'MiB' },
      { name: 'in, raw', values: [await rise(() => to(`/import_raw_vdi?sr_id=${sr}&format=raw`, largeRaw))], unit: 'MiB' },
      { name: 'out, XVA', values: [await rise(async () => from(`/export?uuid=${await client.call('VM.get_uuid', large.vm)}`))], unit: 'MiB' },
    ]);
  }
} finally {
  await bare?.end();
  if (daemons) { await virsh('pool-destroy', POOL).catch(() => { /* not made */ }); await daemons.end(); }
  await client.close();
  await host.dispose();
  fs.rmSync(scratch, { recursive: true });
}
