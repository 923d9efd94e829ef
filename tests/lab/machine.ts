import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { connectTo, type TestClient } from '../fixtures/host';

/* The lab's machine: a Debian on a kernel of its own, emulated. eth0 is the way in; eth1 and eth2 are two cables of the host under test, eth3 is what is at the
 * other end, all on one hub. vdb, vdc and vdd are 256 MiB disks for the tests. Its disks are as the last run of the machine left them until end(). */

const DISK_BYTES = 256 * 2 ** 20, MEMORY_MIB = 2048, API_PORT = 8443, BOOT_LIMIT_MS = 300_000, COMMAND_LIMIT_MS = 300_000;
const READY = /LAB-READY/, PASSWORD = 'correct horse';

/** The database library needs SSE 4.2. Xen under emulation: one processor (two are dearer), no SMAP, RDTSCP or XSAVE (in QEMU 7.2 a PV kernel or a guest dies of them). */
const KERNELS = {
  linux: (image: string) => ['-cpu', 'Westmere,+rdrand', '-m', String(MEMORY_MIB), '-kernel', join(image, 'vmlinux'), '-initrd', join(image, 'initrd.img'), '-append', `console=ttyS0 ${LINUX_ARGS}`],
  xen: (image: string) => ['-cpu', 'qemu64,+svm,+npt,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand', '-m', String(XEN_MEMORY_MIB), '-kernel', join(image, 'xen'),
    '-append', `console=com1 com1=115200,8n1 dom0_mem=${DOM0_MIB}M,max:${DOM0_MIB}M dom0_max_vcpus=1 spec-ctrl=no xpti=no bootscrub=0 noreboot loglvl=warning guest_loglvl=warning`,
    '-initrd', `${join(image, 'vmlinux')} console=hvc0 ${LINUX_ARGS},${join(image, 'initrd.img')}`],
} as const;
const LINUX_ARGS = 'root=/dev/vda net.ifnames=0 mitigations=off quiet', XEN_MEMORY_MIB = 3072, DOM0_MIB = 1536;

export interface Lab {
  /** Inside, by ssh; what it says on stdout. Throws with its words when it fails. */
  run(command: string): Promise<string>;
  /** The service inside, started on first use. */
  client(): Promise<TestClient>;
  startService(): Promise<void>;
  /** SIGKILL for the service, as by a crash. */
  killService(): Promise<void>;
  serviceLog(): Promise<string>;
  /** The power goes, at once, and comes back: the machine boots from what reached its disks. */
  powerCut(): Promise<void>;
  /** Pulls the plug of a network card, or puts it in. */
  cable(device: 'eth1' | 'eth2', plugged: boolean): Promise<void>;
  end(): Promise<void>;
}

/** `xen`: the same disk under Xen, as its dom0. */
export const startLab = async (kernel: 'linux' | 'xen' = 'linux'): Promise<Lab> => {
  const image = need('LAB_IMAGE'), payload = need('LAB_PAYLOAD');
  const state = mkdtempSync(join(tmpdir(), 'm-')), [sshPort, apiPort] = [await freePort(), await freePort()];
  const ssh = ['-i', join(image, 'key'), '-p', String(sshPort), '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR', '-o', 'ConnectTimeout=60', '-o', `ControlPath=${state}/ssh`];
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', join(image, 'root.ext4'), join(state, 'vda')]);
  for (const name of ['vdb', 'vdc', 'vdd']) { writeFileSync(join(state, name), ''); truncateSync(join(state, name), DISK_BYTES); }
  let qemu: ChildProcess | undefined, master: ChildProcess | undefined, client: TestClient | undefined, fingerprint = '', console = '';

  const boot = async (): Promise<void> => {
    const disk = (name: string, format: string, more = ''): string[] => ['-drive', `file=${name === 'vde' ? payload : join(state, name)},format=${format},if=none,id=${name}${more}`, '-device', `virtio-blk-pci,drive=${name}`];
    const cable = (name: string): string[] => ['-netdev', `hubport,id=${name},hubid=1`, '-device', `virtio-net-pci,netdev=${name},id=nic-${name}`];
    const machine = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', '-accel', 'tcg,thread=multi,tb-size=512', '-machine', 'q35', '-smp', '1', '-nodefaults', '-display', 'none',
      '-serial', 'stdio', '-qmp', `unix:${state}/qmp,server=on,wait=off`, ...KERNELS[kernel](image),
      ...disk('vda', 'qcow2'), ...disk('vdb', 'raw'), ...disk('vdc', 'raw'), ...disk('vdd', 'raw'), ...disk('vde', 'raw', ',readonly=on'),
      '-netdev', `user,id=way-in,hostfwd=tcp:127.0.0.1:${sshPort}-:22,hostfwd=tcp:127.0.0.1:${apiPort}-:${API_PORT}`, '-device', 'virtio-net-pci,netdev=way-in', ...cable('eth1'), ...cable('eth2'), ...cable('eth3')],
    { stdio: ['ignore', 'pipe', 'ignore'] });
    qemu = machine;
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => { reject(new Error(`the lab does not boot; its console:\n${console.slice(-2000)}`)); }, BOOT_LIMIT_MS);
      const over = (): void => { reject(new Error(`the lab ended while it booted; its console:\n${console.slice(-2000)}`)); };
      machine.once('exit', over);
      createInterface({ input: machine.stdout }).on('line', line => {
        console += `${line}\n`;
        if (READY.test(line)) { clearTimeout(limit); machine.off('exit', over); resolve(); }
      });
    });
    master = await connection(ssh);
    await run(`date -s @${Math.floor(Date.now() / 1000)}`);
  };
  const run = async (command: string): Promise<string> => {
    try { return (await promisify(execFile)('ssh', [...ssh, 'root@127.0.0.1', command], { timeout: COMMAND_LIMIT_MS, maxBuffer: 2 ** 26 })).stdout; } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      throw new Error(`in the lab: ${command}\n${stdout ?? ''}${stderr ?? ''}${stdout === undefined ? String(error) : ''}`);
    }
  };
  const cutPower = async (): Promise<void> => {
    await client?.close().catch(() => { /* it is gone */ });
    client = undefined; fingerprint = '';
    for (const child of [master, qemu]) {
      if (!child || child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
    rmSync(join(state, 'ssh'), { force: true });
  };
  const lab: Lab = {
    run,
    async startService() {
      await run(`mkdir -p /var/lib/service && chmod 711 /var/lib/service && umask 077 && echo '${PASSWORD}' > /root/password && : > /run/service.out
        setsid node /srv/payload/service/out/host/main.js --data /var/lib/service --listen 0.0.0.0:${API_PORT} --password-file /root/password --guests /srv/payload/guests --accept-development-licences > /run/service.out 2>> /var/log/service < /dev/null &
        echo $! > /run/service.pid`);
      const ready = await run('until [ -s /run/service.out ]; do [ -e /proc/$(cat /run/service.pid) ] || { tail -20 /var/log/service >&2; exit 1; }; sleep 0.1; done; cat /run/service.out');
      ({ fingerprint } = JSON.parse(ready) as { fingerprint: string });
    },
    async killService() {
      await client?.close().catch(() => { /* it is gone */ });
      client = undefined; fingerprint = '';
      await run('pid=$(cat /run/service.pid); kill -9 $pid; while [ -e /proc/$pid ]; do sleep 0.05; done');
    },
    serviceLog: () => run('cat /var/log/service 2>/dev/null || true'),
    async client() {
      if (client) return client;
      if (fingerprint === '') await lab.startService();
      return client = await connectTo(apiPort, fingerprint, PASSWORD);
    },
    async powerCut() { await cutPower(); await boot(); },
    async cable(device, plugged) { await qmp(join(state, 'qmp'), 'set_link', { name: `nic-${device}`, up: plugged }); },
    async end() { await cutPower(); rmSync(state, { recursive: true, force: true }); },
  };
  try { await boot(); } catch (error) { await lab.end(); throw error; }
  return lab;
};

/** The one connection that all commands share. sshd may still be starting: then it is tried again. */
const connection = async (ssh: readonly string[]): Promise<ChildProcess> => {
  for (let attempt = 1; ; attempt++) {
    const master = spawn('setpriv', ['--pdeathsig', 'KILL', 'ssh', ...ssh, '-M', '-N', 'root@127.0.0.1'], { stdio: 'ignore' });
    while (master.exitCode === null && master.signalCode === null) {
      await new Promise(ok => { setTimeout(ok, 100); });
      try { await promisify(execFile)('ssh', [...ssh, '-O', 'check', 'root@127.0.0.1']); return master; } catch { /* not yet */ }
    }
    if (attempt === 50) throw new Error('no ssh into the lab');
  }
};

const qmp = (path: string, execute: string, args: object): Promise<void> => new Promise((resolve, reject) => {
  const socket = createConnection(path);
  socket.on('error', reject);
  createInterface({ input: socket }).on('line', line => {
    const answer = JSON.parse(line) as { error?: { desc: string }; id?: string };
    if (answer.id !== 'it') return;
    socket.destroy();
    if (answer.error) reject(new Error(answer.error.desc)); else resolve();
  });
  socket.write(`${JSON.stringify({ execute: 'qmp_capabilities' })}\n${JSON.stringify({ execute, arguments: args, id: 'it' })}\n`);
});

const need = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: this runs by "npm run lab"`);
  return value;
};
const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};
