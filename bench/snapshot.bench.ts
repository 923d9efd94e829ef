/* What a snapshot costs: the call, and the pause that the guest sees, beside a stretch of the same guest without one.
 * The guest writes its uptime (a hundredth of a second) in a loop; a pause is the largest step between two lines. */
import type { Ref } from '../src/shared/api';
import { startHost, type TestClient } from '../tests/fixtures/host';
import { report } from './measure';

const ROUNDS = Number(process.env['ROUNDS'] ?? 7);
/** The shell asks where its cursor is, right behind. */
const PROMPT = /# (.\[6n)?$/;

/** The guest's text console: what was said since the last look, and what is typed. */
const terminalOf = async (client: TestClient, vm: Ref<'VM'>) => {
  for (const ref of await client.call('VM.get_consoles', vm)) {
    if (await client.call('console.get_protocol', ref) !== 'vt100') continue;
    const stream = await client.openConsole({ ref });
    let said = '', look = (): void => { /* nobody waits */ };
    stream.on('data', (bytes: Buffer) => { said += bytes.toString('latin1'); look(); });
    return {
      type: (text: string) => { stream.write(text); },
      forget: () => { said = ''; },
      until: (check: (text: string) => boolean) => new Promise<string>(resolve => { look = () => { if (check(said)) resolve(said); }; look(); }),
      end: () => { stream.destroy(); },
    };
  }
  throw new Error('no text console');
};

const largestStep = (text: string): number => {
  const times = [...text.matchAll(/^(\d+\.\d\d) /gm)].map(match => Number(match[1]) * 1000);
  return Math.max(0, ...times.slice(1).map((time, i) => time - (times[i] ?? time)));
};
const lines = (text: string): number => text.split('\n').length;

const host = await startHost();
const client = await host.connect();
try {
  const vm = await client.newVm('bench');
  await client.call('VM.start', vm, false, false);
  const terminal = await terminalOf(client, vm);
  await terminal.until(text => PROMPT.test(text));
  terminal.type('while :; do cat /proc/uptime; done\n');
  await terminal.until(text => lines(text) > 50);
  const quiet: number[] = [], calls: number[] = [], pauses: number[] = [], checkpointCalls: number[] = [], checkpointPauses: number[] = [];
  const around = async (work: () => Promise<unknown>): Promise<{ ms: number; pauseMs: number }> => {
    terminal.forget();
    await terminal.until(text => lines(text) > 20);
    const begin = performance.now();
    await work();
    const ms = performance.now() - begin;
    const before = lines(await terminal.until(() => true));
    const text = await terminal.until(all => lines(all) > before + 20);
    return { ms, pauseMs: largestStep(text) };
  };
  for (let round = 0; round < ROUNDS; round++) {
    quiet.push((await around(() => new Promise(ok => { setTimeout(ok, 200); }))).pauseMs);
    const snapshot = await around(() => client.call('VM.snapshot', vm, `snapshot ${round}`, [] as never));
    calls.push(snapshot.ms); pauses.push(snapshot.pauseMs);
    const checkpoint = await around(() => client.call('VM.checkpoint', vm, `checkpoint ${round}`));
    checkpointCalls.push(checkpoint.ms); checkpointPauses.push(checkpoint.pauseMs);
  }
  report('Snapshot of a running VM: the largest step of the guest\'s clock', [
    { name: 'no snapshot (the same time, nothing done)', values: quiet }, { name: 'VM.snapshot', values: pauses }, { name: 'VM.checkpoint (memory saved)', values: checkpointPauses },
  ]);
  report('Snapshot of a running VM: the call', [{ name: 'VM.snapshot', values: calls }, { name: 'VM.checkpoint', values: checkpointCalls }]);
  terminal.end();
} finally {
  await host.dispose();
}
