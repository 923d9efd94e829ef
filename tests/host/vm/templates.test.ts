import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Ref } from '../../../src/shared/api';
import { GUESTS, startHost, type TestClient, type TestHost } from '../../fixtures/host';
import { walkPlan } from '../service/walk';

/* A template whose memory is kept, on real QEMU: the tiny guest with a program that makes it its own. The Debian template itself: npm run debian-round. */

const PROGRAM = `#!/bin/sh
case "$1" in
  settle) echo settled > /root/settled ;;
  stdin)
    cat > /root/told
    [ -e /sys/class/net/eth0 ] && echo reachable > /root/too-early
    hostname "$(sed -n 's/^hostname=//p' /root/told)" ;;
esac
`;
let host: TestHost, client: TestClient, folder: string, dieAt: string, template: Ref<'VM'>;
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'guests-'));
  fs.chmodSync(folder, 0o755);
  const guest = path.join(folder, 'tiny'), more = path.join(folder, '.more');
  fs.cpSync(path.join(GUESTS, 'tiny-linux'), guest, { recursive: true });
  fs.mkdirSync(path.join(more, 'sbin'), { recursive: true });
  fs.writeFileSync(path.join(more, 'sbin/first-boot'), PROGRAM, { mode: 0o755 });
  const archive = execFileSync('cpio', ['--quiet', '-o', '-H', 'newc', '-R', '0:0'], { cwd: more, input: 'sbin\nsbin/first-boot\n' }), initrd = path.join(guest, 'initrd');
  fs.writeFileSync(initrd, Buffer.concat([archive, fs.readFileSync(initrd)])); // the kernel unpacks one archive after the other
  const { templates: [first] } = JSON.parse(fs.readFileSync(path.join(guest, 'template.json'), 'utf8')) as { templates: object[] };
  fs.writeFileSync(path.join(guest, 'template.json'), JSON.stringify({ templates: [{ ...first, key: 'tiny', nameLabel: 'Tiny, its own', firstBoot: '/sbin/first-boot' }] }));
  dieAt = path.join(folder, '.die-at');
  host = await startHost({ guests: folder, args: ['--die-at-file', dieAt] });
  client = await host.connect();
  template = await client.ref('VM', 'Tiny, its own');
});
afterAll(async () => { await host?.dispose(); fs.rmSync(folder, { recursive: true, force: true }); });

const plugin = async (fn: string, args: Record<string, string>): Promise<string> => client.task('host.call_plugin', (await client.call('host.get_all'))[0]!, 'administrator-console', fn, args);
const PROMPT = new RegExp(`# (${String.fromCharCode(27)}\\[6n)?$`);
const says = async (vm: Ref<'VM'>, command: string): Promise<string> => {
  const consoles = await Promise.all((await client.call('VM.get_consoles', vm)).map(ref => client.call('console.get_record', ref)));
  const stream: Duplex = await client.openConsole({ uuid: consoles.find(each => each.protocol === 'vt100')!.uuid });
  const until = async (what: RegExp): Promise<string> => {
    let text = '';
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) { text += chunk.toString('utf8'); if (what.test(text)) return text; }
    throw new Error(`the console ended with: ${text.slice(-300)}`);
  };
  stream.write('\n');
  await until(PROMPT);
  stream.write(`${command}; echo E""ND\n`);
  const said = await until(/END\r?\n/);
  stream.destroy();
  return said;
};
const install = async (args: Record<string, string>): Promise<{ vm: Ref<'VM'>; mode: string }> => {
  const { vm, mode } = JSON.parse(await plugin('vm_install', { template: await client.call('VM.get_uuid', template), start: 'true', ...args })) as { vm: string; mode: string };
  return { vm: await client.call('VM.get_by_uuid', vm), mode };
};

it('goes on from its template\'s memory as a machine of its own, several times, and boots where it has to', async () => {
  await plugin('template_memory', { template: await client.call('VM.get_uuid', template) });
  const names = Object.values(await client.call('VM.get_all_records')).map(vm => vm.name_label);
  expect(names.filter(name => name.startsWith('Tiny, its own'))).toEqual(['Tiny, its own']);

  const macs: string[] = [];
  for (const name of ['first', 'second']) {
    const { vm, mode } = await install({ name_label: name, disks: JSON.stringify([{ size: 8 * 2 ** 20 }]) });
    expect(mode).toBe('instant');
    const said = await says(vm, 'i=0; until [ -e /sys/class/net/eth0 ] && [ -e /dev/vdb ] || [ $i -ge 100 ]; do i=$((i+1)); sleep 0.2; done; hostname; ls /root; cat /root/told; cat /sys/class/net/eth0/address; grep -c . /proc/partitions; ls /dev/vdb');
    expect(said).toMatch(new RegExp(`\\n${name}\\r\\n`));
    expect(said).toMatch(/settled/);
    expect(said).not.toMatch(/too-early/);
    expect(said).toMatch(/\/dev\/vdb\r/);
    const mac = await client.call('VIF.get_MAC', (await client.call('VM.get_VIFs', vm))[0]!);
    expect(said).toContain(mac);
    macs.push(mac);
    await client.until('VM', vm, record => record?.guest_metrics !== 'OpaqueRef:NULL');
  }
  expect(macs[0]).not.toBe(macs[1]);

  const { vm, mode } = await install({ name_label: 'larger', memory: String(192 * 2 ** 20) });
  expect(mode).toBe('booted: the memory was kept with 128 MiB, it has 192 MiB');
  // Its drive is there for who reads it.
  expect(await says(vm, 'i=0; until [ -e /dev/sda ]; do sleep 0.2; done; strings /dev/sda | grep hostname= || grep -a hostname= /dev/sda')).toContain('hostname=larger');
});

const isUp = async (now: TestClient, vm: Ref<'VM'>): Promise<boolean> => await now.call('VM.get_power_state', vm) === 'Running';
const clear = async (now: TestClient): Promise<void> => {
  for (const [ref, vm] of Object.entries(await now.call('VM.get_all_records'))) {
    if (vm.is_default_template) continue;
    if (vm.power_state !== 'Halted') await now.call('VM.hard_shutdown', ref as Ref<'VM'>);
    await now.call('VM.destroy', ref as Ref<'VM'>);
  }
  for (const [ref, vdi] of Object.entries(await now.call('VDI.get_all_records'))) if (vdi.VBDs.length === 0 && vdi.type !== 'suspend') await now.call('VDI.destroy', ref as Ref<'VDI'>);
};

it('is whole again when the service dies at any boundary of a first start, and starts the next time', async () => {
  await clear(client);
  await walkPlan<{ vm: Ref<'VM'> }>({
    host, dieAt, clear, look: () => {},
    scene: async now => {
      const vm = await now.call('VM.clone', await now.ref('VM', 'Tiny, its own'), 'walked');
      await now.call('VM.provision', vm);
      return { vm };
    },
  }, { plan: 'VM.start instantly', act: (now, { vm }) => now.call('VM.start', vm, false, false), done: (now, { vm }) => isUp(now, vm) });
}, 600_000);
