import fs from 'node:fs';
import { expect } from 'vitest';
import { ApiError } from '../../../src/shared/api';
import type { TestClient, TestHost } from '../../fixtures/host';
import { expectWhole } from './wholeness';

/* One plan, walked: the service is killed at each of its boundaries in turn, by its own hand (--die-at-file), started again, and looked at. */

export interface Walk<Scene> {
  plan: string;
  /** What is special about it. */
  of?: string;
  /** Called in a host that is whole; makes what the operation works on. */
  prepare?: (client: TestClient, scene: Scene) => Promise<unknown>;
  act: (client: TestClient, scene: Scene) => Promise<unknown>;
  /** Whether the operation has happened, as the records tell after a crash; then it is not done again. */
  done?: (client: TestClient, scene: Scene) => Promise<boolean>;
}
export interface Ground<Scene> {
  host: TestHost;
  dieAt: string;
  scene: (client: TestClient) => Promise<Scene>;
  /** Beyond that the host is whole. */
  look: (client: TestClient) => Promise<void> | void;
  /** So that the next one begins clean. */
  clear?: (client: TestClient) => Promise<void>;
}

const BOUNDARIES_MAX = 40;

export const walkPlan = async <Scene>({ host, dieAt, scene: make, look, clear }: Ground<Scene>, { plan, prepare, act, done }: Walk<Scene>): Promise<void> => {
  for (let boundary = 0; ; boundary++) {
    expect(boundary).toBeLessThan(BOUNDARIES_MAX);
    let client = await host.connect();
    const scene = await make(client);
    await prepare?.(client, scene);
    fs.writeFileSync(dieAt, `${plan}:${boundary}`);
    const outcome = await actOrDie(host, act(client, scene));
    fs.rmSync(dieAt);
    if (outcome === 'died') {
      await host.start();
      client = await host.connect();
      await expectWhole(host, client);
      await look(client);
      if (await done?.(client, scene) !== true) await act(client, scene);
    }
    await expectWhole(host, client);
    await look(client);
    await clear?.(client);
    if (outcome === 'done') { expect(boundary, 'the plan has boundaries').toBeGreaterThan(0); break; }
  }
};

/** Answers whether the service died of it. */
const actOrDie = async (host: TestHost, work: Promise<unknown>): Promise<'done' | 'died'> => {
  try { await work; return 'done'; } catch (error) {
    if (error instanceof ApiError) throw error;
    await host.stop('SIGKILL'); // it is gone already, or on its way
    return 'died';
  }
};
