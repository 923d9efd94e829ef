import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { TestHost } from '../../fixtures/host';

/* Disks and archives over plain HTTPS, as any client of XenServer would. */

export type Place = Pick<TestHost, 'port'> & { address?: string };
export interface Got { status: number; headers: IncomingMessage['headers']; body: Buffer; /** The connection broke before the end. */ broken: boolean }

const collect = async (response: IncomingMessage): Promise<Got> => {
  const chunks: Buffer[] = [];
  let broken = false;
  try { for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk); } catch { broken = true; }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), broken };
};

export const open = async (host: Place, path: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> => {
  const request = https.request({ host: host.address ?? '127.0.0.1', port: host.port, path, rejectUnauthorized: false, agent: false, headers });
  request.end();
  return (await once(request, 'response') as [IncomingMessage])[0];
};
export const get = async (host: Place, path: string, headers?: Readonly<Record<string, string>>): Promise<Got> => collect(await open(host, path, headers));

export interface PutOptions { /** Content-Length. */ announced?: number; headers?: Readonly<Record<string, string>>; /** Breaks the connection after the body instead of waiting for an answer. */ cut?: boolean; chunked?: boolean }

/** Answers when the host has: a broken connection is `broken`. */
export const put = async (host: Place, path: string, body: Buffer | AsyncIterable<Buffer>, { announced = Buffer.isBuffer(body) ? body.length : 0, headers = {}, cut = false, chunked = false }: PutOptions = {}): Promise<Got> => {
  const request = https.request({ host: host.address ?? '127.0.0.1', port: host.port, path, method: 'PUT', rejectUnauthorized: false, agent: false, headers: { ...(chunked ? {} : { 'content-length': announced }), ...headers } });
  const answered = (once(request, 'response') as Promise<[IncomingMessage]>).then(([response]) => collect(response)).catch((): Got => ({ status: 0, headers: {}, body: Buffer.alloc(0), broken: true }));
  request.on('error', () => { /* answered says so */ });
  request.flushHeaders();
  if (Buffer.isBuffer(body)) request.write(body);
  else for await (const chunk of body) if (!request.write(chunk)) await Promise.race([once(request, 'drain'), answered]);
  if (cut) request.write('', () => { request.socket?.end(() => { request.destroy(); }); });
  else request.end();
  return answered;
};
