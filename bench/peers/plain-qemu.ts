import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';

/* Plain QEMU with the arguments of a running machine of ours, read from /proc. Only its sockets differ: QEMU connects to our
 * listening monitor socket, so that nothing is polled, and its other sockets are in a folder of its own. */

export interface PlainQemu {
  start(): Promise<void>;
  /** Over the monitor, once it runs. */
  command(execute: string, args: object): Promise<void>;
  /** Takes a device out and waits until the guest has let go of it. */
  unplug(device: string): Promise<void>;
  kill(): Promise<void>;
  dispose(): void;
}
interface Said { QMP?: object; id?: number; return?: { running?: boolean }; error?: { desc: string }; event?: string; data?: { device?: string } }

export const argumentsOf = (pid: number): string[] => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);

/** Of its first disk. */
export const diskOf = (commandLine: readonly string[]): string => {
  const blockdev = commandLine.find(arg => arg.startsWith('{') && arg.includes('"filename"')) ?? '';
  return (JSON.parse(blockdev) as { file: { filename: string } }).file.filename;
};

export const plainQemu = async (scratch: string, commandLine: readonly string[]): Promise<PlainQemu> => {
  const monitor = path.join(scratch, 'qmp.sock');
  const [program = '', ...args] = commandLine.map(arg => arg
    .replace('socket,id=qmp0,fd=3,server=on,wait=off', `socket,id=qmp0,path=${monitor}`)
    .replace(/^(socket,id=(\w+)),fd=\d+/, (_all, head: string, id: string) => `${head},path=${path.join(scratch, `${id}.sock`)}`));
  let child: ReturnType<typeof spawn> | undefined, monitorSocket: net.Socket | undefined, last = 0;
  const listeners = new Set<(said: Said) => void>();
  const said = <T>(listen: (said: Said, settle: (outcome: T | Error) => void) => void): Promise<T> => new Promise((resolve, reject) => {
    const listener = (one: Said): void => { listen(one, outcome => { listeners.delete(listener); if (outcome instanceof Error) reject(outcome); else resolve(outcome); }); };
    listeners.add(listener);
  });
  const command = (execute: string, args: object): Promise<void> => {
    const mine = ++last, answer = said<undefined>(({ id, error }, settle) => { if (id === mine) settle(error ? new Error(`${execute}: ${error.desc}`) : undefined); });
    monitorSocket?.write(`${JSON.stringify({ execute, arguments: args, id: mine })}\n`);
    return answer;
  };
  const server = net.createServer();
  await new Promise<void>(ok => { server.listen(monitor, ok); });
  return {
    start: async () => {
      const connected = once(server, 'connection') as Promise<[net.Socket]>;
      child = spawn(program, args, { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] });
      const [socket] = [monitorSocket] = await Promise.race([connected, once(child, 'exit').then(() => { throw new Error('plain QEMU ended'); })]);
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject).on('close', () => { reject(new Error('plain QEMU does not run')); });
        readline.createInterface({ input: socket }).on('error', reject).on('line', line => {
          const one = JSON.parse(line) as Said, { QMP, return: answer } = one;
          for (const listener of [...listeners]) listener(one);
          if (QMP) socket.write('{"execute":"qmp_capabilities"}\n{"execute":"query-status"}\n');
          else if (answer?.running === true) resolve();
        });
      });
    },
    command,
    unplug: async device => {
      const gone = said<undefined>(({ event, data }, settle) => { if (event === 'DEVICE_DELETED' && data?.device === device) settle(undefined); });
      await command('device_del', { id: device });
      await gone;
    },
    kill: async () => { if (child) { const exit = once(child, 'exit'); child.kill('SIGTERM'); await exit; } },
    dispose: () => { child?.kill('SIGKILL'); server.close(); },
  };
};
