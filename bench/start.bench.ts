/* From the call to start until the vCPUs run, and a hard stop: our host over the API, plain QEMU with equal arguments, virsh. In turn, in one run. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startHost } from '../tests/fixtures/host';
import { report, type Row } from './measure';
import { startLibvirt } from './peers/libvirt';
import { argumentsOf, diskOf, plainQemu } from './peers/plain-qemu';

const ROUNDS = Number(process.env['ROUNDS'] ?? 12);
const PROMPT = /[#$] /;

const timed = async (work: () => Promise<unknown>): Promise<number> => { const begin = performance.now(); await work(); return performance.now() - begin; };

const main = async (): Promise<void> => {
  const host = await startHost();
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-start-'));
  fs.chmodSync(scratch, 0o755);
  const client = await host.connect();
  const ends: (() => unknown)[] = [() => { fs.rmSync(scratch, { recursive: true }); }, () => host.dispose(), () => client.close()];
  try {
    const vm = await client.newVm('bench');
    const uuid = await client.call('VM.get_uuid', vm);
    await client.call('VM.start', vm, false, false);
    const commandLine = argumentsOf(host.pidOf(uuid) ?? 0);
    await client.call('VM.hard_shutdown', vm);
    const after = (flag: string): string => commandLine[commandLine.indexOf(flag) + 1] ?? '';
    // Each contender has a disk of its own.
    const ownDisk = (name: string): string => { const to = path.join(scratch, name); execFileSync('qemu-img', ['convert', '-O', 'qcow2', diskOf(commandLine), to]); fs.chmodSync(to, 0o666); return to; };
    const libvirtDisk = ownDisk('libvirt.qcow2'), plainDisk = ownDisk('plain.qcow2');
    const plain = await plainQemu(scratch, commandLine.map(arg => arg.replace(diskOf(commandLine), plainDisk)));
    ends.push(() => plain.dispose());
    const libvirt = await startLibvirt(scratch, { kernel: after('-kernel'), initrd: after('-initrd'), args: after('-append'), disk: libvirtDisk, memoryMib: parseInt(after('-m'), 10) });
    ends.push(() => libvirt?.dispose());
    if (!libvirt) console.log('libvirt is not here (root, libvirt-daemon-system): left out');
    const contenders: Record<string, { start(): Promise<unknown>; stop(): Promise<unknown> }> = {
      'plain qemu-system-x86_64, equal arguments': { start: () => plain.start(), stop: () => plain.kill() },
      'our host: VM.start / VM.hard_shutdown over one WebSocket': { start: () => client.call('VM.start', vm, false, false), stop: () => client.call('VM.hard_shutdown', vm) },
      ...(libvirt ? { 'virsh start / virsh destroy': { start: () => libvirt.start(), stop: () => libvirt.destroy() } } : {}),
    };
    const starts: Row[] = [], stops: Row[] = [];
    const figures = Object.fromEntries(Object.keys(contenders).map(name => [name, { start: [] as number[], stop: [] as number[] }]));
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, contender] of Object.entries(contenders)) {
        const startMs = await timed(() => contender.start()), stopMs = await timed(() => contender.stop());
        if (round > 0) { figures[name]?.start.push(startMs); figures[name]?.stop.push(stopMs); }
      }
    }
    for (const [name, { start, stop }] of Object.entries(figures)) { starts.push({ name, values: start }); stops.push({ name, values: stop }); }
    report('Start: from the call to running vCPUs', starts);
    report('Hard stop, right after the start', stops);
    const prompts: number[] = [];
    for (let round = 0; round < 5; round++) {
      const begin = performance.now();
      await client.call('VM.start', vm, false, false);
      await prompt(client, uuid, vm);
      prompts.push(performance.now() - begin);
      await client.call('VM.hard_shutdown', vm);
    }
    report('From VM.start to a prompt on the text console (TCG)', [{ name: 'Tiny Linux', values: prompts }]);
  } finally {
    for (const end of ends.reverse()) await end();
  }
};

type Client = Awaited<ReturnType<Awaited<ReturnType<typeof startHost>>['connect']>>;
const prompt = async (client: Client, _uuid: string, vm: Awaited<ReturnType<Client['newVm']>>): Promise<void> => {
  for (const ref of await client.call('VM.get_consoles', vm)) {
    if (await client.call('console.get_protocol', ref) !== 'vt100') continue;
    const stream = await client.openConsole({ ref });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      stream.on('data', (bytes: Buffer) => { said = (said + bytes.toString('latin1')).slice(-200); if (PROMPT.test(said)) resolve(); }).on('close', () => { reject(new Error(`the console closed: ${said}`)); });
    });
    stream.destroy();
    return;
  }
  throw new Error('no text console');
};
await main();
