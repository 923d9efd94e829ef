import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type DemoScreen, demoScreen } from '../../../../tests/renderer/demo-screen';
import { CallFailed } from '../../api';
import { useScreen } from './stage';
import type { Target } from './action';
import { AT_ONCE_PER_HOST, Bulk } from './bulk';
import { runBulk } from './BulkDialog';

let demo: DemoScreen;
beforeEach(async () => { demo = await demoScreen(); });
afterEach(() => { demo.dispose(); });

const targets = (count: number): { target: Target; name: string }[] => Array.from({ length: count }, (_, i) => ({ target: { session: demo.session, cls: 'VM', ref: `OpaqueRef:${i}` }, name: `vm-${i}` }));
const refused = new CallFailed({ kind: 'refused', code: 'HOST_NOT_ENOUGH_FREE_MEMORY', params: ['1', '0'] });
/** Work that ends when the test says so. */
const held = () => {
  const ends = new Map<string, (error?: Error) => void>();
  return { ends, work: ({ ref }: Target) => new Promise<void>((resolve, reject) => { ends.set(ref, error => { if (error) reject(error); else resolve(); }); }) };
};

it('gives a host only so much at once, and the next when one has ended', async () => {
  const { ends, work } = held(), bulk = new Bulk(targets(AT_ONCE_PER_HOST + 2), work), over = bulk.run();
  expect([bulk.count('running'), bulk.count('waiting')]).toEqual([AT_ONCE_PER_HOST, 2]);
  ends.get('OpaqueRef:1')?.();
  await vi.waitFor(() => { expect(ends.size).toBe(AT_ONCE_PER_HOST + 1); });
  expect([bulk.count('done'), bulk.count('running'), bulk.count('waiting')]).toEqual([1, AT_ONCE_PER_HOST, 1]);
  bulk.cancelRest();
  for (const end of ends.values()) end();
  await over;
  expect([bulk.count('done'), bulk.count('cancelled')]).toEqual([AT_ONCE_PER_HOST + 1, 1]);
});

it('keeps an outcome for each, and tries only the failed again', async () => {
  const tried: string[] = [];
  let fails = true;
  const bulk = new Bulk(targets(3), ({ ref }) => { tried.push(ref); return fails && ref.endsWith('1') ? Promise.reject(refused) : Promise.resolve(); });
  await bulk.run();
  expect(bulk.items.get().map(({ state }) => state)).toEqual(['done', 'failed', 'done']);
  expect(bulk.items.get()[1]?.failure).toMatchObject({ code: 'HOST_NOT_ENOUGH_FREE_MEMORY' });
  fails = false;
  await bulk.retryFailed();
  expect([tried, bulk.count('done')]).toEqual([['OpaqueRef:0', 'OpaqueRef:1', 'OpaqueRef:2', 'OpaqueRef:1'], 3]);
});

it('tells of each in a dialog that may be closed meanwhile, and of the end afterwards', async () => {
  const { ends, work } = held();
  let over: Promise<void> | undefined;
  const Opener = () => { const stage = useScreen(); return <button onClick={() => { over = runBulk(stage, { title: 'Start', verb: 'start', done: 'Started' }, targets(2), work); }}>go</button>; };
  demo.show(<Opener />);
  fireEvent.click(screen.getByText('go'));
  await demo.dialog().findByText('0 of 2 done, 2 under way');
  await act(async () => { ends.get('OpaqueRef:0')?.(refused); await Promise.resolve(); });
  await demo.dialog().findByText('0 of 2 done, 1 under way, 1 failed'); // the rows want a layout: e2e
  fireEvent.click(demo.dialog().getByRole('button', { name: 'Go on in the background' }));
  await act(async () => { ends.get('OpaqueRef:1')?.(); await over; });
  expect(demo.told).toEqual(['Could not start 1 of 2 VMs; “vm-0”']);
});
