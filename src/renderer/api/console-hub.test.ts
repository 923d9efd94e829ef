import { expect, it } from 'vitest';
import type { Announce, Bridge, Reply } from '../../shared/ipc';
import { ConsoleHub, type ConsoleStream } from './console-hub';

/** A main that answers when told to, and says bytes of any name. */
const rig = () => {
  const heard = new Map<string, (value: never) => void>();
  const opening: ((reply: Reply<string>) => void)[] = [];
  const closing: (() => void)[] = [];
  const bridge: Bridge = {
    takeFile: () => Promise.resolve(undefined),
    invoke: (channel, ..._args) => new Promise<unknown>(resolve => {
      if (channel === 'console.open') opening.push(resolve);
      if (channel === 'console.close') closing.push(() => { resolve(undefined); });
    }) as never,
    on: (channel, listener) => { heard.set(channel, listener); return () => undefined; },
  };
  const hub = new ConsoleHub(bridge);
  hub.start();
  const say = (id: string, text: string): void => { (heard.get('console.data') as (value: Announce['console.data']) => void)({ id, bytes: new TextEncoder().encode(text) }); };
  const shown = (stream: ConsoleStream): string[] => {
    const said: string[] = [];
    stream.listen({ onData: bytes => { said.push(new TextDecoder().decode(bytes)); }, onClosed: () => undefined });
    return said;
  };
  /** Main answers the call that has waited longest. */
  const answer = (id: string): void => { opening.shift()?.({ ok: true, value: id }); };
  return { hub, say, shown, answer, closed: () => { closing.shift()?.(); } };
};

it('gives a listener what came before the answer that named the stream, in order', async () => {
  const { hub, say, shown, answer } = rig();
  const opening = hub.open('s', 'r');
  say('a', 'early');
  answer('a');
  const stream = await opening;
  say('a', 'later');
  const said = shown(stream);
  say('a', 'now');
  expect(said).toEqual(['early', 'later', 'now']);
});

it('keeps nothing of a stream that was given up while the next one is being opened', async () => {
  const { hub, say, shown, answer } = rig();
  const first = hub.open('s', 'r');
  answer('old');
  const left = await first;
  shown(left);
  const second = hub.open('s', 'r'); // the switch: the next console is under way
  left.dispose();
  for (let i = 0; i < 100; i++) say('old', 'x'.repeat(1000));
  answer('old'); // a stream of the same name would be given what was kept
  expect(shown(await second)).toEqual([]);
});

it('keeps nothing of names that were nobody’s when all are open', async () => {
  const { hub, say, shown, answer } = rig();
  const first = hub.open('s', 'r');
  say('stranger', 'x');
  answer('a');
  await first;
  const second = hub.open('s', 'r');
  answer('stranger');
  expect(shown(await second)).toEqual([]);
});
