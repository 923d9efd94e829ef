import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { demoScreen, type DemoScreen } from '../../../../tests/renderer/demo-screen';
import { DropFiles } from './DropFiles';

let demo: DemoScreen;
beforeEach(async () => { demo = await demoScreen(); });
afterEach(() => { demo.dispose(); });
const drop = (...names: string[]): void => { fireEvent.drop(screen.getByText('page'), { dataTransfer: { types: ['Files'], files: names.map(name => new File(['x'], name)) } }); };

it('takes what is dropped anywhere on the window, but not what a page has taken itself', async () => {
  demo.show(<DropFiles session={demo.session}><p>page</p><p onDrop={event => { event.preventDefault(); }}>library</p></DropFiles>);
  fireEvent.drop(screen.getByText('library'), { dataTransfer: { types: ['Files'], files: [new File(['x'], 'a.iso')] } });
  drop('mail.xva', 'notes.txt');
  await waitFor(() => { expect(demo.dialog().getByText('Import 2 files')).toBeTruthy(); });
  expect([demo.dialog().getByText('1 byte, a VM (XVA)'), demo.dialog().getByText(/^1 byte, neither/)]).toHaveLength(2);
});

it('says why nothing can be dropped now', () => {
  act(() => { demo.bridge.become(demo.session.id, { at: 'lost', since: 0, reason: 'closed', attempt: 1, nextTryAt: 0 }); });
  demo.show(<DropFiles session={demo.session}><p>page</p></DropFiles>);
  fireEvent.dragOver(screen.getByText('page'), { dataTransfer: { types: ['Files'] } });
  expect(screen.getByRole('status').textContent).toMatch(/is lost/);
  drop('mail.xva');
  expect(screen.queryByRole('dialog')).toBeNull();
});
