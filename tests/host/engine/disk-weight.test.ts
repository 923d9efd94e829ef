import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import readline from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGroups } from '../../../src/host/platform/cgroups';

/* Two processes that read a disk as fast as they can, as two QEMUs would: who gets how much. The disk is a loop device with the scheduler bfq, of this test's own. */

const DISK_BYTES = 32 * 1024 ** 2, COUNTED_BYTES = 256 * 1024 ** 2;
const groups = openGroups();
let folder: string, loop: string | undefined;
const children: ChildProcess[] = [], names = ['heavy', 'light'].map(name => `test-${process.pid}-${name}`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'disk-weight-'));
  const image = join(folder, 'disk');
  writeFileSync(image, '');
  truncateSync(image, DISK_BYTES);
  try {
    loop = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    writeFileSync(`/sys/block/${loop.slice('/dev/'.length)}/queue/scheduler`, 'bfq');
  } catch { /* no right, or no bfq: nothing to be seen here */ }
});
afterAll(async () => {
  for (const child of children) { const exit = once(child, 'exit'); child.kill('SIGKILL'); await exit; }
  for (const name of names) await groups.remove(name);
  if (loop !== undefined) execFileSync('losetup', ['--detach', loop]);
  rmSync(folder, { recursive: true });
});

/** Four requests at a time, past the page cache; says every megabyte what it has by then. */
const READER = `import mmap,os,sys,threading
done=0
def read(i):
    global done
    disk=os.open(sys.argv[1],os.O_RDONLY|os.O_DIRECT); room=mmap.mmap(-1,65536); at=i*${DISK_BYTES / 4}
    while True:
        os.preadv(disk,[room],at); done+=65536; at=(at+65536)%${DISK_BYTES}
        if done%1048576==0: print(done,flush=True)
for i in range(4): threading.Thread(target=read,args=(i,),daemon=True).start()
threading.Event().wait()
`;

describe('a disk with the scheduler bfq', () => {
  it('is shared by weight', async context => {
    if (loop === undefined || groups.disks === undefined || !readFileSync(`/sys/block/${loop.slice('/dev/'.length)}/queue/scheduler`, 'utf8').includes('[bfq]')) { context.skip(); return; }
    expect(await groups.disksLack()).toBe('');
    const device = loop, said = new Map<string, number>();
    let enough: () => void = () => undefined;
    const counted = new Promise<void>(resolve => { enough = resolve; });
    const readers = await Promise.all(names.map(async (name, i) => {
      const child = spawn('python3', ['-c', READER, device], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      await once(child, 'spawn');
      await groups.weighDisks(name, child.pid!, i === 0 ? 800 : 100);
      return { name, lines: readline.createInterface({ input: child.stdout }) };
    }));
    // Both are under way before anything is counted.
    await Promise.all(readers.map(({ lines }) => once(lines, 'line')));
    const from = new Map<string, number>();
    for (const { name, lines } of readers) lines.on('line', line => {
      if (!from.has(name)) from.set(name, Number(line));
      said.set(name, Number(line) - from.get(name)!);
      if ([...said.values()].reduce((sum, bytes) => sum + bytes, 0) > COUNTED_BYTES) enough();
    });
    await counted;
    const [heavy = 0, light = 0] = names.map(name => said.get(name));
    expect(heavy / Math.max(1, light)).toBeGreaterThan(2.5);
  });
});
