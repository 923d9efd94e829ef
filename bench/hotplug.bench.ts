/* A disk and a network card into a running guest and out again: our host over the API beside the same guest in plain QEMU, told the bare commands. In turn, in one run.
 * Out means that the guest has let go of it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { Ref } from '../src/shared/api';
import { startHost } from '../tests/fixtures/host';
import { report } from './measure';
import { argumentsOf, diskOf, plainQemu } from './peers/plain-qemu';

const ROUNDS = Number(process.env['ROUNDS'] ?? 7);
const DISK_BYTES = 64 * 1024 ** 2;
/** The shell asks where its cursor is, right behind. */
const PROMPT = /# (.\[6n)?$/;

const timed = async (work: () => Promise<unknown>): Promise<number> => { const begin = performance.now(); await work(); return performance.now() - begin; };
const prompt = (stream: Duplex): Promise<void> => new Promise((resolve, reject) => {
  let said = '';
  stream.on('data', (bytes: Buffer) => { said = (said + bytes.toString('latin1')).slice(-200); if (PROMPT.test(said)) resolve(); }).on('close', () => { reject(new Error(`no prompt: ${said}`)); });
});

type Moves = Readonly<Record<'disk in' | 'disk out' | 'network card in' | 'network card out', () => Promise<unknown>>>;

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-hotplug-'));
const host = await startHost();
const client = await host.connect();
const ends: (() => unknown)[] = [() => { fs.rmSync(scratch, { recursive: true }); }, () => host.dispose(), () => client.close()];
try {
  const vm = await client.newVm('bench'), [sr = ''] = Object.keys(await client.call('SR.get_all_records'));
  await client.call('VM.start', vm, false, false);
  const commandLine = argumentsOf(host.pidOf(await client.call('VM.get_uuid', vm)) ?? 0), disk = path.join(scratch, 'disk.qcow2'), plainDisk = path.join(scratch, 'hot.qcow2');
  execFileSync('qemu-img', ['convert', '-U', '-O', 'qcow2', diskOf(commandLine), disk]);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', plainDisk, String(DISK_BYTES)]);
  for (const file of [scratch, disk, plainDisk]) fs.chmodSync(file, 0o777);
  const plain = await plainQemu(scratch, commandLine.map(arg => arg.replace(diskOf(commandLine), disk)));
  ends.push(() => plain.dispose());
  await plain.start();
  const serial = net.connect(path.join(scratch, 'serial0.sock'));
  await once(serial, 'connect');
  const terminals: Duplex[] = [serial];
  for (const ref of await client.call('VM.get_consoles', vm)) if (await client.call('console.get_protocol', ref) === 'vt100') terminals.push(await client.openConsole({ ref }));
  await Promise.all(terminals.map(prompt));

  const vdi = await client.call('VDI.create', { name_label: 'hot', name_description: '', SR: sr as Ref<'SR'>, virtual_size: DISK_BYTES, type: 'user', sharable: false, read_only: false, other_config: {} } as never);
  const vbd = await client.call('VBD.create', { VM: vm, VDI: vdi, userdevice: '5', bootable: false, mode: 'RW', type: 'Disk', empty: false, other_config: {}, unpluggable: true, qos_algorithm_type: '', qos_algorithm_params: {} } as never);
  const vif = await client.call('VIF.create', { VM: vm, network: await client.ref('network', 'NAT network'), device: '5', MAC: '', MTU: 1500, other_config: {}, locking_mode: 'network_default', qos_algorithm_type: '', qos_algorithm_params: {} } as never);
  const contenders: Readonly<Record<string, Moves>> = {
    'plain QEMU: blockdev-add, netdev_add, device_add; device_del, blockdev-del, netdev_del': {
      'disk in': async () => {
        await plain.command('blockdev-add', { 'node-name': 'hot', driver: 'qcow2', file: { driver: 'file', filename: plainDisk } });
        await plain.command('device_add', { driver: 'virtio-blk-pci', id: 'hot-disk', drive: 'hot' });
      },
      'disk out': async () => { await plain.unplug('hot-disk'); await plain.command('blockdev-del', { 'node-name': 'hot' }); },
      'network card in': async () => { await plain.command('netdev_add', { type: 'user', id: 'hot-net' }); await plain.command('device_add', { driver: 'virtio-net-pci', id: 'hot-card', netdev: 'hot-net' }); },
      'network card out': async () => { await plain.unplug('hot-card'); await plain.command('netdev_del', { id: 'hot-net' }); },
    },
    'our host: VBD.plug, VBD.unplug, VIF.plug, VIF.unplug': {
      'disk in': () => client.call('VBD.plug', vbd), 'disk out': () => client.call('VBD.unplug', vbd),
      'network card in': () => client.call('VIF.plug', vif), 'network card out': () => client.call('VIF.unplug', vif),
    },
  };
  const names = Object.keys(contenders), moves = ['disk in', 'disk out', 'network card in', 'network card out'] as const;
  const figures = new Map<string, number[]>(names.flatMap(name => moves.map(move => [name + move, []])));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      for (const move of moves) {
        const ms = await timed(contenders[name]![move]);
        if (round > 0) figures.get(name + move)?.push(ms);
      }
    }
  }
  for (const move of moves) report(`Hot plug, running Tiny Linux (TCG): ${move}`, names.map(name => ({ name, values: figures.get(name + move) ?? [] })));
  for (const stream of terminals) stream.destroy();
} finally {
  for (const end of ends.reverse()) await end();
}
