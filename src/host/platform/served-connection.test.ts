import { describe, expect, it } from 'vitest';
import { serveOnce } from './served-connection';

describe('a program that serves one connection', () => {
  it('and ends without a word resets it, which hurts nobody', async () => {
    // An 'error' that nobody listens to would end the service: vitest counts it as a failure of this file.
    for (let round = 0; round < 5; round++) {
      const { socket, reader, ended } = await serveOnce('true', []), closed = new Promise<void>(resolve => { if (socket.closed) resolve(); else socket.once('close', () => { resolve(); }); });
      expect((await reader.take(1)).length).toBe(0);
      await closed;
      expect(await ended).toEqual({ code: 0, said: '' });
    }
  });
  it('or that is not there tells so by its end', async () => {
    const { socket, ended } = await serveOnce('/nowhere/program', []);
    expect(await ended).toMatchObject({ code: 127, said: expect.stringMatching(/not found/) as string });
    socket.destroy();
  });
});
