import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenForChild } from './handed-over-socket';
import { namelessFile, type Identity } from './run-program';
import { SocketReader } from './socket-reader';

/* A program that serves one connection and ends with it: it takes over a listening socket as systemd would hand it (LISTEN_FDS), and the connection waits there
 * before the program runs. So nobody waits for a socket file, and killed at any moment this service leaves no such program behind. */

export interface ServedConnection {
  socket: net.Socket;
  /** What it says. */
  reader: SocketReader;
  /** Its end, with what it said on stderr. Never rejects. */
  ended: Promise<{ code: number | null; said: string }>;
}

/** The first descriptor of `hidden`; 3 is the socket. */
export const FIRST_SERVED_FD = 4;
const SAID_MAX_CHARS = 4000;

export const serveOnce = async (program: string, args: readonly string[], hidden: readonly string[] = [], runAs?: Identity): Promise<ServedConnection> => {
  const folder = await mkdtemp(join(tmpdir(), 'served-')), path = join(folder, 'socket');
  try {
    const listening = await listenForChild(path), files = hidden.map(namelessFile);
    // LISTEN_PID has to be the program's own: the shell becomes the program.
    const child = spawn('/bin/sh', ['-c', 'LISTEN_PID=$$ exec "$0" "$@"', program, ...args], { stdio: ['ignore', 'ignore', 'pipe', listening.fd, ...files], env: { ...process.env, LISTEN_FDS: '1' }, ...runAs });
    // In the same turn, while our end still listens and nobody here can accept: however quickly the program ends, the connection was there, and what it said is told.
    const reader = new SocketReader(), socket = net.connect({ path, onread: reader.onread });
    listening.dispose();
    reader.attach(socket);
    socket.on('error', () => { /* its close follows, and `ended` tells why: a program that ends resets what waits for it, at any moment from here on */ });
    for (const fd of files) closeSync(fd);
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-SAID_MAX_CHARS); });
    const ended = new Promise<{ code: number | null; said: string }>(resolve => {
      child.once('error', error => resolve({ code: null, said: error.message }));
      child.once('close', code => resolve({ code, said: said.trim() }));
    });
    return { socket, reader, ended };
  } finally { await rm(folder, { recursive: true, force: true }); }
};
