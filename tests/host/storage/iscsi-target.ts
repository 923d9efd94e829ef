import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* A real iSCSI target: tgt on a free port of loopback, with file-backed LUNs. */

export interface IscsiTarget {
  port: number;
  iqn: string;
  user: string;
  password: string;
  /** The file behind a LUN. */
  lun(number: number): string;
  addLun(number: number, mib: number): void;
  kill(): Promise<void>;
  end(): Promise<void>;
}

export const tgtIsThere = (): string => ['tgtd', 'iscsi-ls'].filter(program => !['/usr/bin', '/usr/sbin'].some(place => existsSync(join(place, program)))).join(', ');

export const startIscsiTarget = async ({ chap = false }: { chap?: boolean } = {}): Promise<IscsiTarget> => {
  const base = mkdtempSync(join(tmpdir(), 'iscsi-')), port = await freePort(), control = String(port % 32_000 + 1), iqn = `iqn.2026-01.test:${port}`;
  const user = 'guest', password = 'secretsecret12';
  const daemon = spawn('tgtd', ['-f', '--control-port', control, '--iscsi', `portal=127.0.0.1:${port}`], { stdio: 'ignore' });
  const admin = (...args: string[]): string => execFileSync('tgtadm', ['--control-port', control, '--lld', 'iscsi', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const lun = (number: number): string => join(base, `lun${number}.img`);
  const target: IscsiTarget = {
    port, iqn, user, password, lun,
    addLun(number, mib) {
      writeFileSync(lun(number), ''); truncateSync(lun(number), mib * 2 ** 20);
      admin('--op', 'new', '--mode', 'logicalunit', '--tid', '1', '--lun', String(number), '-b', lun(number));
      admin('--op', 'update', '--mode', 'logicalunit', '--tid', '1', '--lun', String(number), '--params', `scsi_sn=SERIAL-${number}`);
    },
    async kill() {
      if (daemon.exitCode !== null || daemon.signalCode !== null) return;
      const exit = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await exit;
    },
    async end() { await target.kill(); rmSync(base, { recursive: true, force: true }); },
  };
  try {
    while (!await connects(port)) {
      if (daemon.exitCode !== null) throw new Error(`tgtd ended with ${daemon.exitCode}`);
      await new Promise(ok => { setTimeout(ok, 20); });
    }
    admin('--op', 'new', '--mode', 'target', '--tid', '1', '-T', iqn);
    if (chap) {
      admin('--op', 'new', '--mode', 'account', '--user', user, '--password', password);
      admin('--op', 'bind', '--mode', 'account', '--tid', '1', '--user', user);
    }
    admin('--op', 'bind', '--mode', 'target', '--tid', '1', '-I', 'ALL');
  } catch (error) { await target.end(); throw error; }
  return target;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};
const connects = (port: number): Promise<boolean> => new Promise(resolve => {
  const socket = createConnection({ host: '127.0.0.1', port }, () => { socket.destroy(); resolve(true); });
  socket.on('error', () => { resolve(false); });
});
