#!/usr/bin/env node
/* A program in QEMU's place that misbehaves in the way that QEMU_PEER names (first argument). It finds its monitor as a listening
 * socket on descriptor 3, as the real one does. What QEMU does right is tested on QEMU. */
import console from 'node:console';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import process from 'node:process';
import { setInterval } from 'node:timers';

const [how, ...args] = process.argv.slice(2);
if (args[0] === '--version') { console.log('QEMU emulator version 7.2.99 (peer)'); process.exit(); }
if (!args.includes('-pidfile')) process.exit(1); // the try of KVM: there is none

const after = (flag) => args[args.indexOf(flag) + 1];
const serve = (onCommand) => net.createServer(socket => {
  const say = message => socket.write(`${JSON.stringify(message)}\r\n`);
  say({ QMP: { version: {}, capabilities: [] } });
  let text = '';
  socket.on('data', chunk => {
    text += chunk;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const { execute, id } = JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
      onCommand(execute, value => say({ return: value, id }), say, socket);
    }
  }).on('error', () => {});
}).listen({ fd: 3 });
const RUNNING = { running: true, status: 'running', singlestep: false };

switch (how) {
  case 'dies': process.stderr.write('qemu-peer: this cannot work\n'); process.exit(1); break;
  case 'silent': setInterval(() => {}, 1000); break; // queues the connection and never greets
  case 'dies-after-greeting': serve(() => { process.stderr.write('qemu-peer: died of a command\n'); process.exit(1); }); break;
  case 'garbage': serve((execute, reply, say, socket) => { socket.write('this is no monitor\n'); }); break;
  // Starts well, then: ignores SIGTERM, does not do what it says it did, and forgets its monitor on `stop`.
  case 'stubborn':
    process.on('SIGTERM', () => {});
    writeFileSync(after('-pidfile'), `${process.pid}\n`);
    serve((execute, reply, say, socket) => {
      if (execute === 'stop') socket.destroy();
      else reply(execute === 'query-status' ? RUNNING : {});
    });
    break;
  default: throw new Error(`no such peer: ${how}`);
}
