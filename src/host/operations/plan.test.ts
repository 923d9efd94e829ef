import { describe, expect, it } from 'vitest';
import { runPlan, type Step } from './plan';

const bench = () => {
  const log: string[] = [], progress: number[] = [];
  const quiet = { info: () => {}, warn: () => {}, error: (what: string) => { log.push(what); } };
  const step = (name: string, over: Partial<Step> = {}): Step => ({ name, weight: 1, do: () => { log.push(`+${name}`); }, undo: () => { log.push(`-${name}`); }, ...over });
  const run = (steps: Step[], signal = new AbortController().signal) => runPlan(steps, { of: 'test', signal, progress: p => progress.push(p), log: quiet });
  return { log, progress, step, run };
};
const fail = () => { throw new Error('no'); };

describe('a plan', () => {
  it('does its steps in order and weighs the progress', async () => {
    const { log, progress, step, run } = bench();
    await run([step('a'), step('b', { weight: 3 })]);
    expect(log).toEqual(['+a', '+b']);
    expect(progress).toEqual([0.25, 1]);
  });
  it('undoes backwards what was done, not what failed', async () => {
    const { log, step, run } = bench();
    await expect(run([step('a'), step('b'), step('c', { do: fail }), step('d')])).rejects.toThrow('no');
    expect(log).toEqual(['+a', '+b', '-b', '-a']);
  });
  it('goes on undoing when one undo fails, and says so', async () => {
    const { log, step, run } = bench();
    await expect(run([step('a'), step('b', { undo: fail }), step('c', { do: fail })])).rejects.toThrow('no');
    expect(log).toEqual(['+a', '+b', 'undo failed', '-a']);
  });
  it('stops between steps when it is aborted', async () => {
    const { log, step, run } = bench();
    const abort = new AbortController();
    await expect(run([step('a', { do: () => { log.push('+a'); abort.abort(new Error('enough')); } }), step('b')], abort.signal)).rejects.toThrow('enough');
    expect(log).toEqual(['+a', '-a']);
  });
});
