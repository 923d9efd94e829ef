import { describe, expect, it } from 'vitest';
import { makeBench } from '../../../tests/fixtures/desk';
import { startBrain } from './brain';

describe('a service that takes its VMs with it', () => {
  it('also takes one that was just being started, and starts no more', async () => {
    const { desk, engine, store, newVm, context } = await makeBench();
    const brain = await startBrain(desk, uuid => `/sr/${uuid}`), vm = await newVm(), late = await newVm();
    let goOn = (): void => {};
    engine.trouble.set('start', new Promise<void>(ok => { goOn = ok; }));
    const starting = brain.handlers['VM.start']!(context(), vm, false, false);
    const stopping = brain.stopVms(1_000);
    await expect(brain.handlers['VM.start']!(context(), late, false, false)).rejects.toMatchObject({ code: 'HOST_DISABLED' });
    goOn();
    await Promise.all([starting, stopping]);
    expect([store.get('VM', vm).power_state, engine.machines.size]).toEqual(['Halted', 0]);
    await brain.dispose();
  });
});
