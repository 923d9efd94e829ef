import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ref } from '../../src/shared/api';
import { startHost, type TestClient, type TestHost } from '../fixtures/host';

/* The whole road, with a machine instead of an image file: an emulated PC with a SATA disk and an Intel network card boots the ISO that the host has built,
 * its agent finds the Debian on LVM, brings it in over the network with a one-time code, and the VM that comes of it boots to a login prompt. */

const OLD = need('P2V_OLD_MACHINE');
function need(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this with npm run p2v-round`);
  return value;
}
const GUESTS = path.dirname(OLD); // no template is needed
const SEEN_FROM_GUEST = '10.0.2.2';

let host: TestHost, client: TestClient, folder: string;
const figures: Record<string, string> = {};
const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const since = performance.now();
  try { return await work(); } finally { figures[name] = `${Math.round((performance.now() - since) / 1000)} s`; process.stdout.write(`${name}: ${figures[name]}\n`); }
};
const plugin = async (fn: string, args: Readonly<Record<string, string>>): Promise<string> => client.call('host.call_plugin', (await client.call('host.get_all'))[0]!, 'administrator-console', fn, args);

beforeAll(async () => {
  host = await startHost({ guests: GUESTS });
  client = await host.connect();
  folder = fs.mkdtempSync(path.join(host.folder, 'round-'));
});
afterAll(async () => {
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  await host.dispose();
});

interface Pc { disk: string; console(): string; ended: Promise<unknown>; kill(): void }
/** 1 GiB, two processors, everything as the late 2000s had it: AHCI, e1000e, no virtio. */
const boot = (iso: string, firmware: 'bios' | 'uefi'): Pc => {
  const serial = path.join(folder, `serial-${firmware}`), vars = path.join(folder, 'vars.fd');
  const disk = path.join(folder, `disk-${firmware}`);
  // What the old machine writes would go here: the test looks that nothing is in it.
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', OLD, disk]);
  if (firmware === 'uefi') fs.copyFileSync('/usr/share/OVMF/OVMF_VARS.fd', vars);
  const pc = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', '-accel', 'tcg,thread=multi', '-machine', 'q35', '-cpu', 'Westmere', '-m', '1024', '-smp', '2', '-nodefaults', '-vga', 'std', '-display', 'none', '-boot', 'd',
    ...(firmware === 'uefi' ? ['-drive', 'if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE.fd', '-drive', `if=pflash,format=raw,file=${vars}`] : []),
    '-serial', `file:${serial}`, '-no-reboot',
    '-drive', `file=${disk},format=qcow2,if=none,id=disk`, '-device', 'ide-hd,drive=disk,bus=ide.0', '-drive', `file=${iso},format=raw,media=cdrom,if=none,id=cd,readonly=on`, '-device', 'ide-cd,drive=cd,bus=ide.1',
    '-netdev', 'user,id=net', '-device', 'e1000e,netdev=net,mac=52:54:00:12:34:56'], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(pc, 'exit');
  return { disk, console: () => (fs.existsSync(serial) ? fs.readFileSync(serial, 'latin1') : ''), ended, kill: () => { pc.kill('SIGKILL'); } };
};
/** The ISO with the answers on it: what a person would type at the old machine. */
const withAnswers = (iso: string, words: readonly string[]): string => {
  const answered = path.join(folder, 'answered.iso'), config = path.join(folder, 'custom.cfg');
  fs.rmSync(answered, { force: true });
  fs.writeFileSync(config, `set timeout=0\nset arguments="${words.join(' ')}"\n`);
  execFileSync('xorriso', ['-indev', iso, '-outdev', answered, '-boot_image', 'any', 'replay', '-map', config, '/boot/grub/custom.cfg'], { stdio: 'ignore' });
  return answered;
};
const said = async (pc: Pc, pattern: RegExp): Promise<string> => {
  let over = false;
  void pc.ended.then(() => { over = true; });
  for (;;) {
    const console = pc.console();
    if (pattern.test(console)) return console;
    if (over) throw new Error(`the old machine ended without ${String(pattern)}:\n${console.slice(-3000)}`);
    await new Promise(resolve => { setTimeout(resolve, 200); });
  }
};

it('brings an installed Debian on SATA and LVM in, and it boots', async () => {
  const before = fs.statSync(OLD).mtimeMs;
  const [here] = await client.call('host.get_all');
  await timed('boot medium built', () => client.task('host.call_plugin', here, 'administrator-console', 'p2v_build', {}));
  const iso = path.join(host.data, 'templates/p2v/p2v.iso');
  const { code } = JSON.parse(await plugin('p2v_code', { name: 'oldbox' })) as { code: string };
  const answers = ['p2v.auto=1', `p2v.host=${SEEN_FROM_GUEST}:${host.port}`, `p2v.fingerprint=${host.fingerprint}`, `p2v.code=${code}`, 'p2v.after=poweroff'];
  const pc = boot(withAnswers(iso, answers), 'bios');
  try {
    await timed('old machine: power to agent', () => said(pc, /Looking at the disks/));
    await timed('disks looked at, transfer opened', () => said(pc, /P2V-OPENED/));
    await timed('transfer', () => said(pc, /P2V-DONE/));
  } finally { pc.kill(); await pc.ended; }
  const console = pc.console();
  process.stdout.write(console.replace(/[^\n -~]/g, '').split('\n').filter(line => /GiB|Debian|MiB|P2V/.test(line)).join('\n') + '\n');
  expect(console).toMatch(/1\. Debian GNU\/Linux 12 \(bookworm\), on oldvg\/root \(disks: sda\)/);
  expect(fs.statSync(OLD).mtimeMs).toBe(before);
  const written = JSON.parse(execFileSync('qemu-img', ['map', '--output=json', pc.disk], { encoding: 'utf8' })) as { depth: number; data: boolean }[];
  expect(written.filter(part => part.data && part.depth === 0)).toEqual([]);

  const vm = (await client.call('VM.get_by_name_label', 'oldbox'))[0] as Ref<'VM'>;
  await timed('put right by the first boot', () => client.until('VM', vm, record => ['ready', 'unfixed'].includes(record?.other_config['p2v'] ?? '')));
  const record = await client.call('VM.get_record', vm);
  const log = await plugin('console_log', { vm: record.uuid, bytes: '20000' });
  expect(record.other_config['p2v'], `${record.other_config['p2v-words'] ?? ''}\n${log}`).toBe('ready');
  process.stdout.write(`${record.other_config['p2v-words'] ?? ''}\n`);
  expect(record).toMatchObject({ VCPUs_max: 2, HVM_boot_policy: 'BIOS order', PV_kernel: '', blocked_operations: {} });
  expect(record.VIFs).toHaveLength(1);
  expect(await client.call('VIF.get_MAC', record.VIFs[0]!)).toBe('52:54:00:12:34:56');
  await timed('the VM: start to login prompt', async () => {
    await client.call('VM.start', vm, false, false);
    for (;;) {
      const text = await plugin('console_log', { vm: record.uuid, bytes: '20000' });
      if (/oldbox login:/.test(text)) return;
      if ((await client.call('VM.get_power_state', vm)) !== 'Running') throw new Error(`it ended:\n${text}`);
      await new Promise(resolve => { setTimeout(resolve, 500); });
    }
  });
});

it('boots the medium by UEFI too', async () => {
  const pc = boot(withAnswers(path.join(host.data, 'templates/p2v/p2v.iso'), ['p2v.auto=1', 'p2v.host=127.0.0.1:1', 'p2v.fingerprint=none']), 'uefi');
  try {
    await timed('UEFI: power to agent, disks looked at', () => said(pc, /1\. Debian GNU\/Linux 12/));
  } finally { pc.kill(); await pc.ended; }
});
