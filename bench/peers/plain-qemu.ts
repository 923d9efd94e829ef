import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';

/* Plain QEMU with the arguments of a running machine of ours, read from /proc. Only its sockets differ: QEMU connects to our
 * listening monitor socket, so that nothing is polled, and its other sockets are in a folder of its own. */

export interface PlainQemu { start(): Promise<void>; kill(): Promise<void>; dispose(): void }

export const argumentsOf = (pid: number): string[] => fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);

export const plainQemu = async (scratch: string, commandLine: readonly string[]): Promise<PlainQemu> => {
  const monitor = path.join(scratch, 'qmp.sock');
  const [program = '', ...args] = commandLine.map(arg => arg
    .replace('socket,id=qmp0,fd=3,server=on,wait=off', `socket,id=qmp0,path=${monitor}`)
    .replace(/^(socket,id=(\w+)),fd=\d+/, (_all, head: string, id: string) => `${head},path=${path.join(scratch, `${id}.sock`)}`));
  let child: ReturnType<typeof spawn> | undefined;
  const server = net.createServer();
  await new Promise<void>(ok => { server.listen(monitor, ok); });
  return {
    start: async () => {
      const connected = once(server, 'connection') as Promise<[net.Socket]>;
      child = spawn(program, args, { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] });
      const [socket] = await Promise.race([connected, once(child, 'exit').then(() => { throw new Error('plain QEMU ended'); })]);
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject).on('close', () => { reject(new Error('plain QEMU does not run')); });
        readline.createInterface({ input: socket }).on('error', reject).on('line', line => {
          const { QMP, return: answer } = JSON.parse(line) as { QMP?: object; return?: { running?: boolean } };
          if (QMP) socket.write('{"execute":"qmp_capabilities"}\n{"execute":"query-status"}\n');
          else if (answer?.running === true) resolve();
        });
      });
    },
    kill: async () => { if (child) { const exit = once(child, 'exit'); child.kill('SIGTERM'); await exit; } },
    dispose: () => { child?.kill('SIGKILL'); server.close(); },
  };
};
