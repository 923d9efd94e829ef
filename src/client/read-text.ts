/* One document by GET from one of a host's own paths: figures, mostly. */
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { Elsewhere, HostSilent } from '../connection/errors';
import { ApiError } from '../shared/api';
import { authority } from './address';
import { PinnedAgent, readAll } from './pinned-agent';
import type { PinnedTarget } from './tls';

/** 1,000 VMs with 20 sources each are about 1 MB a row. */
export const DOCUMENT_MAX_BYTES = 128 * 1024 * 1024;
export const DOCUMENT_TIMEOUT_MS = 30_000;

/**
 * Rejects with ApiError (the host does not let us) or HostSilent; `http-404` is that it has no such thing, Elsewhere that
 * another member of its pool has it.
 */
export const readText = async (target: PinnedTarget, path: string, session: string, signal?: AbortSignal): Promise<string> => {
  const agent = new PinnedAgent(target);
  const late = AbortSignal.timeout(DOCUMENT_TIMEOUT_MS);
  try {
    const response = await get(target, agent, path, session, signal ? AbortSignal.any([signal, late]) : late);
    if (isElsewhere(response)) { response.resume(); throw new Elsewhere(response.statusCode, response.headers.location); }
    if (response.statusCode === 401) throw new ApiError('SESSION_INVALID', session);
    if (response.statusCode === 403) throw new ApiError('RBAC_PERMISSION_DENIED', path, '');
    return await readAll(response, DOCUMENT_MAX_BYTES);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (late.aborted) throw new HostSilent('call-timeout', path);
    if (signal?.aborted) throw new HostSilent('cancelled', path);
    throw HostSilent.from(error, path);
  } finally { agent.destroy(); }
};

const isElsewhere = (response: IncomingMessage): response is IncomingMessage & { statusCode: number; headers: { location: string } } =>
  (response.statusCode === 302 || response.statusCode === 307) && response.headers.location !== undefined;

const get = (target: PinnedTarget, agent: https.Agent, path: string, session: string, signal: AbortSignal): Promise<IncomingMessage> => new Promise((resolve, reject) => {
  const headers = { host: authority(target), cookie: `session_id=${session}`, accept: 'application/json, text/xml' };
  https.get({ agent, signal, path, host: target.host, port: target.port, headers }, resolve).on('error', reject);
});
