import { describe, expect, it } from 'vitest';
import { INVOKE_CHANNELS, PRELOAD_CHANNELS, type Invoke, type PreloadInvoke } from '../../shared/ipc';
import { areArguments } from './checks';
import { serve, type Handlers, type InvokeEvent, type IpcMain } from './ipc';

const CHANNELS = [...INVOKE_CHANNELS, ...PRELOAD_CHANNELS];
const URL_ = 'app://console/';
const FINGERPRINT = Array.from({ length: 32 }, () => '0A').join(':');
const request = { address: 'a', user: 'root', password: 'p', keepPassword: false };
const preferences = { graphs: [], notify: true };
const graph = { id: 'g', title: 'Mine', on: 'u', lines: [{ cls: 'VM', uuid: 'u', source: 'cpu0' }] };

const set = () => {
  const registered = new Map<string, (event: InvokeEvent, ...args: unknown[]) => unknown>();
  const asked: string[] = [];
  const ipcMain: IpcMain = { handle: (channel, listener) => { registered.set(channel, listener); }, removeHandler: channel => { registered.delete(channel); }, removeAllListeners: () => undefined };
  const handlers = Object.fromEntries(CHANNELS.map(channel => [channel, () => { asked.push(channel); return channel; }])) as unknown as Handlers;
  const serving = serve(ipcMain, URL_, handlers);
  const invoke = (frame: InvokeEvent['senderFrame'], channel: string, ...args: unknown[]): unknown => registered.get(channel)?.({ senderFrame: frame }, ...args);
  return { registered, asked, serving, invoke };
};
const ours = { url: `${URL_}index.html`, parent: null };

/** Per channel: arguments that are right, and arguments that are not. */
const CASES: { [C in keyof (Invoke & PreloadInvoke)]: { right: unknown[][]; wrong: unknown[][] } } = {
  'app.facts': { right: [[]], wrong: [[1]] },
  'hosts.known': { right: [[]], wrong: [[undefined]] },
  'hosts.forget': { right: [['a']], wrong: [[], [1], ['a', 'b'], ['x'.repeat(2_000)]] },
  'hosts.connect': { right: [[]], wrong: [['x']] },
  'sessions.list': { right: [[]], wrong: [['x']] },
  'session.connect': {
    right: [[request], [{ ...request, accept: FINGERPRINT }], [{ ...request, leave: true }]],
    wrong: [[], [null], ['a'], [{ ...request, accept: 'AB' }], [{ ...request, keepPassword: 'yes' }], [{ ...request, more: 1 }], [{ ...request, leave: 'all' }], [{ address: 'a' }], [[request]]],
  },
  'session.disconnect': { right: [['s']], wrong: [[], [{}]] },
  'session.retry': { right: [['s']], wrong: [[null]] },
  'session.move': { right: [['s', '192.0.2.8']], wrong: [['s'], ['s', 8]] },
  'session.call': {
    right: [['s', 'VM.start', ['r', true, 1.5, null, { a: ['b'] }]], ['s', 'Async.VM.start', []]],
    wrong: [['s', 'VM.start'], ['s', 'VM start', []], ['s', 'x'.repeat(200), []], ['s', 'VM.x', 'r'], ['s', 'VM.x', [Number.NaN]], ['s', 'VM.x', [new Date()]], ['s', 'VM.x', [new Map()]],
      ['s', 'VM.x', [undefined]], ['s', 'VM.x', [1n]], ['s', 'VM.x', [deep(40)]], ['s', 'VM.x', [Array.from({ length: 200_000 }, () => 0)]]],
  },
  'session.records': { right: [['s']], wrong: [[]] },
  'metrics.watch': { right: [['s', true]], wrong: [['s'], ['s', 'yes'], [1, true]] },
  'metrics.history': { right: [['s', 'VM', 'r'], ['s', 'SR', 'r']], wrong: [['s', 'VDI', 'r'], ['s', 'VM'], ['s', 'VM', 1]] },
  'preferences.read': { right: [[]], wrong: [[1]] },
  'preferences.write': {
    right: [[preferences], [{ ...preferences, connectAtStart: true }], [{ ...preferences, graphs: [graph] }]],
    wrong: [[], [{ graphs: [] }], [{ ...preferences, more: 1 }], [{ ...preferences, notify: 1 }], [{ ...preferences, connectAtStart: 'yes' }], [{ ...preferences, graphs: [{ ...graph, lines: [{ cls: 'VDI', uuid: 'u', source: 's' }] }] }]],
  },
  'notice.show': { right: [[{ title: 't', body: 'b', about: 'a' }]], wrong: [['t'], [{ title: 't', body: 'b' }], [{ title: 't', body: 'x'.repeat(2_000), about: 'a' }]] },
  'outside.browse': { right: [['https://example.org/']], wrong: [[], [1], ['x'.repeat(2_000)]] },
  'outside.answers': { right: [['192.0.2.7']], wrong: [[], [null]] },
  'outside.reach': { right: [['ssh', '192.0.2.7']], wrong: [['telnet', '192.0.2.7'], ['ssh'], ['ssh', 1]] },
  'file.choose': { right: [['any'], ['iso']], wrong: [[], ['/etc/passwd']] },
  'file.place': { right: [['vm.xva']], wrong: [[], [1]] },
  'file.settle': { right: [['f', true]], wrong: [['f'], ['f', 'yes']] },
  'file.dropped': { right: [['/home/a/x.iso']], wrong: [[], [''], ['a\0b'], [1], ['x'.repeat(40_000)]] },
  'transfer.receive': {
    right: [['s', 'f', 't', { what: 'vm', vm: 'r', format: 'ova', compression: 'zstd', snapshots: false }, false], ['s', 'f', 't', { what: 'disk', vdi: 'r', format: 'vhd' }, true]],
    wrong: [['s', 'f', 't', { what: 'disk', vdi: 'r', format: 'vhd' }], ['s', 'f', 't', { what: 'vm', vm: 'r', format: 'xva', compression: 'rar', snapshots: false }, false], ['s', 'f', 't', { what: 'disk', vdi: 'r', format: 'xva' }, false], ['s', 'f', 't', { what: 'disk', vdi: 'r', format: 'vhd', path: '/etc/passwd' }, false]],
  },
  'transfer.send': {
    right: [['s', 'f', 't', { what: 'vm', sr: '', network: 'n', restore: true, resumable: true }, true], ['s', 'f', 't', { what: 'new-disk', sr: 's', name: 'd', format: 'vmdk' }, false], ['s', 'f', 't', { what: 'into-disk', vdi: 'v' }, false], ['s', 'f', 't', { what: 'into-disk', vdi: 'v', fromByte: 5 }, false]],
    wrong: [['s', 'f', 't', { what: 'vm', sr: '', network: 'n' }, false], ['s', 'f', 't', null, false], ['s', 'f', 't', { what: 'into-disk', vdi: 'v', fromByte: -1 }, false], ['s', 'f', 't', { what: 'else' }, false], ['s', 'f', 't', { what: 'into-disk', vdi: 'v' }], ['s', 'f', 't', { what: 'into-disk', vdi: 'v', resumable: 'yes' }, false]],
  },
  'transfer.cancel': { right: [['f']], wrong: [[]] },
  'console.open': { right: [['s', 'r']], wrong: [['s'], ['s', 1]] },
  'console.write': { right: [['c', new Uint8Array(3)]], wrong: [['c', [1, 2]], ['c', 'text'], ['c', new ArrayBuffer(3)], ['c', new Uint8Array(17 * 1024 * 1024)]] },
  'console.ack': { right: [['c', 0], ['c', 5]], wrong: [['c', -1], ['c', 0.5], ['c', Infinity], ['c', '5']] },
  'console.close': { right: [['c']], wrong: [['c', 'c']] },
};
function deep(levels: number): unknown { return levels === 0 ? 0 : [deep(levels - 1)]; }

describe('arguments', () => {
  for (const channel of CHANNELS) {
    it(`of ${channel}`, () => {
      for (const right of CASES[channel].right) expect(areArguments(channel, right), JSON.stringify(right)).toBe(true);
      for (const wrong of CASES[channel].wrong) expect(areArguments(channel, wrong)).toBe(false);
    });
  }
  it('may not contain themselves', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(areArguments('session.call', ['s', 'VM.x', loop])).toBe(false);
  });
});

describe('serve', () => {
  it('answers its own page on every channel, and takes them all back', () => {
    const { invoke, registered, serving, asked } = set();
    for (const channel of CHANNELS) expect(invoke(ours, channel, ...CASES[channel].right[0]!)).toBe(channel);
    expect(asked).toEqual(CHANNELS);
    serving.dispose();
    expect(registered.size).toBe(0);
  });
  it.each([
    ['a page from elsewhere', { url: 'https://evil.example/', parent: null }], ['one that looks alike', { url: 'app://console.evil/', parent: null }], ['another scheme', { url: 'file:///index.html', parent: null }],
    ['a frame in our page', { url: URL_, parent: {} }], ['a frame that is gone', null],
  ])('refuses %s', (_name, frame) => {
    const { invoke, asked } = set();
    for (const channel of CHANNELS) expect(() => invoke(frame, channel, ...CASES[channel].right[0]!)).toThrow(/refused/);
    expect(asked).toEqual([]);
  });
  it('refuses arguments that are none', () => {
    const { invoke, asked } = set();
    expect(() => invoke(ours, 'session.call', 's', 'VM.start', 'x')).toThrow(/bad arguments/);
    expect(asked).toEqual([]);
  });
});
