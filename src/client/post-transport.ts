/* Calls by POST /jsonrpc over a few kept connections: for hosts that offer no WebSocket for calls (XCP-ng, XenServer). */
import https from 'node:https';
import { HostSilent } from '../connection/errors';
import { readAnswer, requestText } from '../connection/jsonrpc';
import { PENDING_CALLS_MAX } from '../connection/limits';
import { ApiError } from '../shared/api';
import { Emitter } from '../shared/lib/emitter';
import { authority } from './address';
import { RESPONSE_MAX_BYTES, type Limits } from './limits';
import { PinnedAgent, readAll } from './pinned-agent';
import type { PinnedTarget } from './tls';
import type { Transport } from './transport';

export const postTransport = (target: PinnedTarget, limits: Partial<Limits> = {}): Transport => {
  const agent = new PinnedAgent(target);
  const closed = new Emitter<HostSilent>();
  const running = new Set<AbortController>();
  let lastId = 0;
  let ended: HostSilent | undefined;

  const why = (): HostSilent | undefined => ended;
  const end = (silent: HostSilent, tell: boolean): void => {
    if (ended) return;
    ended = silent;
    for (const controller of running) controller.abort();
    agent.destroy();
    if (tell) closed.emit(silent);
  };
  const call = async (method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown> => {
    const before = why();
    if (before) throw before;
    if (running.size >= (limits.pendingCallsMax ?? PENDING_CALLS_MAX)) throw new HostSilent('too-many-calls', method);
    const body = requestText(++lastId, method, params);
    const controller = new AbortController();
    running.add(controller);
    let late = false;
    const timer = setTimeout(() => { late = true; controller.abort(); }, timeoutMs);
    try {
      const message = readAnswer(await post(target, agent, body, controller.signal, limits.responseMaxBytes ?? RESPONSE_MAX_BYTES));
      if (!message) throw new HostSilent('garbled', `answer to ${method}`);
      if (!message.answer.ok) throw message.answer.error;
      return message.answer.value;
    } catch (error) {
      if (late) throw new HostSilent('call-timeout', method);
      const since = why();
      if (since) throw since;
      if (error instanceof ApiError) throw error;
      const silent = HostSilent.from(error, method);
      end(silent, true);
      throw silent;
    } finally {
      clearTimeout(timer);
      running.delete(controller);
    }
  };
  return { kind: 'post', call, onClosed: listener => closed.on(listener), close: () => { end(new HostSilent('closed', 'by us'), false); } };
};

const post = (target: PinnedTarget, agent: https.Agent, body: string, signal: AbortSignal, maxBytes: number): Promise<string> => new Promise((resolve, reject) => {
  const request = https.request({
    agent, signal, method: 'POST', path: '/jsonrpc', host: target.host, port: target.port,
    headers: { host: authority(target), 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  }, response => { readAll(response, maxBytes).then(resolve, reject); });
  request.on('error', reject);
  request.end(body);
});
