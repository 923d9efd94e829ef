import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* A real NFS server: NFS-ganesha and rpcbind in a network namespace of their own, with their own /run, reached over a veth pair. */

export interface NfsServer {
  address: string;
  /** The export as clients name it, and the same directory as this test sees it. */
  path: string;
  folder: string;
  /** The server ends at once: connections break, nobody answers. */
  kill(): Promise<void>;
  start(): Promise<void>;
  end(): Promise<void>;
}

export const nfsIsThere = (): string => ['ganesha.nfsd', 'rpcbind'].filter(program => !['/usr/bin', '/usr/sbin', '/sbin'].some(place => existsSync(join(place, program)))).join(', ');

export const startNfsServer = async (name: string, options: { squashRoot?: boolean } = {}): Promise<NfsServer> => {
  const base = mkdtempSync(join(tmpdir(), 'nfs-')), folder = join(base, 'export'), net = process.pid % 250;
  const namespace = `nfs-${name}-${process.pid}`, outer = `nv${name}${process.pid}`.slice(0, 15), subnet = `10.251.${net}`;
  const [here, address] = name.length % 2 === 0 ? [`${subnet}.1`, `${subnet}.2`] : [`${subnet}.5`, `${subnet}.6`];
  mkdirSync(folder);
  writeFileSync(join(base, 'ganesha.conf'), `
NFS_CORE_PARAM { Protocols = 3; NFS_Port = 2049; MNT_Port = 20048; Enable_NLM = false; Enable_RQUOTA = false; Plugins_Dir = "/usr/lib/x86_64-linux-gnu/ganesha"; }
EXPORT { Export_Id = 1; Path = ${folder}; Pseudo = /export; Protocols = 3; Access_Type = RW; Squash = ${options.squashRoot === true ? 'Root_Squash' : 'No_Root_Squash'}; SecType = sys; Transports = TCP; Attr_Expiration_Time = 0; FSAL { Name = VFS; } }
LOG { Default_Log_Level = EVENT; }
`);
  const ip = (...args: string[]): void => { execFileSync('ip', args); };
  ip('netns', 'add', namespace);
  ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  ip('addr', 'add', `${here}/30`, 'dev', outer); ip('link', 'set', outer, 'up');
  for (const args of [['addr', 'add', `${address}/30`, 'dev', 'eth0'], ['link', 'set', 'eth0', 'up'], ['link', 'set', 'lo', 'up']]) ip('-n', namespace, ...args);

  let children: ChildProcess[] = [];
  const inside = (...command: string[]): ChildProcess => {
    const child = spawn('ip', ['netns', 'exec', namespace, ...command], { stdio: ['ignore', 'ignore', 'inherit'] });
    children.push(child);
    return child;
  };
  const kill = async (): Promise<void> => {
    const ends = children.filter(child => child.exitCode === null && child.signalCode === null).map(child => { const end = once(child, 'exit'); killInner(child.pid!); return end; });
    children = [];
    await Promise.all(ends);
  };
  const start = async (): Promise<void> => {
    // In a process namespace, too: all end with the first of them.
    inside('unshare', '--pid', '--fork', '--kill-child', 'sh', '-c', `mount -t tmpfs tmpfs /run && mkdir -p /run/rpcbind /run/ganesha && mount -t tmpfs tmpfs /var/lib/nfs && mkdir -p /var/lib/nfs/ganesha &&
      { rpcbind -f & } && exec ganesha.nfsd -F -f ${base}/ganesha.conf -L ${base}/log -p /run/ganesha.pid -N NIV_EVENT`);
    const tried = new AbortController(), limit = setTimeout(() => { tried.abort(); }, 30_000);
    try { while (!await answers(address)) { if (tried.signal.aborted) throw new Error(`the NFS server does not come up:\n${readFileSync(join(base, 'log'), 'utf8').slice(-2000)}`); } } finally { clearTimeout(limit); }
  };
  const end = async (): Promise<void> => {
    await kill();
    ip('link', 'del', outer); // its other end goes with it
    ip('netns', 'del', namespace);
    rmSync(base, { recursive: true, force: true });
  };
  const server: NfsServer = { address, path: folder, folder, kill, start, end };
  try { await start(); } catch (error) { await end(); throw error; }
  return server;
};

/** The first process of the namespace, which unshare waits for: with it all end, and none stays unburied. */
const killInner = (pid: number): void => {
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  process.kill(first === undefined || first === '' ? pid : Number(first), 'SIGKILL');
};

/** Registered with rpcbind, and listening. */
const answers = async (address: string): Promise<boolean> => {
  if (await connects(address, 2049) && await connects(address, 111) && await connects(address, 20048)) return true;
  await new Promise(ok => { setTimeout(ok, 20); });
  return false;
};
const connects = (host: string, port: number): Promise<boolean> => new Promise(resolve => {
  const socket = createConnection({ host, port, timeout: 500 }, () => { socket.destroy(); resolve(true); });
  const no = (): void => { socket.destroy(); resolve(false); };
  socket.on('error', no); socket.on('timeout', no);
});
