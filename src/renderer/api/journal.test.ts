import { describe, expect, it } from 'vitest';
import { recordOf, refOf } from '../../../tests/renderer/demo-records';
import type { Changed, Records } from '../../shared/api';
import type { RecordPatch } from '../../shared/ipc';
import { Journal } from './journal';

const task = (name: string, fields: Partial<Records['task']> = {}): Changed => ({ cls: 'task', ref: refOf('task', name), record: recordOf('task', { name_label: 'Async.VM.start', status: 'pending', ...fields }) });
const patch = (more: Partial<RecordPatch>): RecordPatch => ({ session: 's', reset: false, changed: [], gone: [], ...more });
const states = (journal: Journal): (string | undefined)[] => journal.entries.get().map(entry => (entry.failure ? entry.failure.kind : entry.state));
const ABOUT = { verb: 'start', subject: 'mail' };

describe('a task that ends and is cleared away between two events', () => {
  it('is not under way for ever: nobody knows how it ended', () => {
    const journal = new Journal();
    journal.note(patch({ changed: [task('a'), task('b')] }));
    journal.note(patch({ gone: [{ cls: 'task', ref: refOf('task', 'a') }] }));
    expect(states(journal)).toEqual(['running', 'outcome-unknown']);
    expect(journal.entries.get()[1]?.endedAt).toBeTypeOf('number');
  });
  it('also when everything was told anew without it', () => {
    const journal = new Journal();
    journal.note(patch({ changed: [task('a'), task('b')] }));
    journal.note(patch({ session: 'other', changed: [task('c')] }));
    journal.note(patch({ reset: true, changed: [task('b')] }));
    expect(states(journal)).toEqual(['running', 'running', 'outcome-unknown']);
    journal.sessionEnded('other');
    expect(states(journal)).toEqual(['outcome-unknown', 'running', 'outcome-unknown']);
  });
  it('keeps the end that was told', () => {
    const journal = new Journal();
    journal.note(patch({ changed: [task('a', { status: 'success' })] }));
    journal.note(patch({ gone: [{ cls: 'task', ref: refOf('task', 'a') }] }));
    journal.note(patch({ reset: true }));
    expect(states(journal)).toEqual(['done']);
  });
  it('waits for the first word of a task of ours that a reset knew nothing of yet', () => {
    const journal = new Journal();
    journal.begin('s', 'Async.VM.start', ABOUT).bind(refOf('task', 'a'));
    journal.note(patch({ reset: true }));
    expect(states(journal)).toEqual(['running']);
    journal.note(patch({ changed: [task('a')] }));
    journal.note(patch({ gone: [{ cls: 'task', ref: refOf('task', 'a') }] }));
    expect(states(journal)).toEqual(['outcome-unknown']);
  });
});
