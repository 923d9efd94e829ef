import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { startDaemons, virsh } from './libvirt';

/* libvirt with many defined domains, asked over a kept connection (Debian's python3-libvirt) and by virsh. */

export interface LibvirtInventory { stats(): Promise<number>; list(): Promise<number>; rssMib(): number; dispose(): Promise<void> }

/** Undefined where libvirt is not installed or may not be run. Figures are milliseconds. */
export const startLibvirtInventory = async (count: number): Promise<LibvirtInventory | undefined> => {
  const daemons = await startDaemons();
  if (!daemons) return undefined;
  const agent = spawn('/usr/bin/python3', [path.join(import.meta.dirname, 'libvirt-inventory.py'), String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: agent.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<{ ms: number }> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the libvirt client ended');
    return JSON.parse(line.value) as { ms: number };
  };
  const ask = (word: string): Promise<{ ms: number }> => { agent.stdin.write(`${word}\n`); return answer(); };
  try { await answer(); } catch (error) { await daemons.end(); throw error; }
  return {
    stats: async () => (await ask('stats')).ms,
    list: async () => { const begin = performance.now(); await virsh('list', '--all'); return performance.now() - begin; },
    rssMib: () => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${daemons.pid()}/status`, 'utf8'))?.[1]) / 1024,
    dispose: async () => {
      await ask('undefine');
      const exit = once(agent, 'exit');
      agent.stdin.end();
      await exit;
      await daemons.end();
    },
  };
};
