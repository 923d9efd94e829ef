import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Brain } from '../operations/contract';

/* GET /metrics, for Prometheus: `Authorization: Bearer TOKEN`. As long as no token is set, there is nothing here. */

const TYPE = 'text/plain; version=0.0.4; charset=utf-8', PLAIN = 'text/plain; charset=utf-8';

/** Answers true: this request is ours and answered. */
export const createPrometheus = (brain: Pick<Brain, 'scrape'>) => (request: IncomingMessage, response: ServerResponse): boolean => {
  if (!/^\/metrics\/?(\?|$)/.test(request.url ?? '') || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
  request.resume();
  const scrape = brain.scrape(/^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1]);
  switch (scrape.is) {
    case 'off': answer(response, 404, PLAIN, 'not found\n'); break;
    case 'refused': answer(response, 401, PLAIN, 'the token of this host is wanted\n', { 'www-authenticate': 'Bearer realm="metrics"' }); break;
    case 'told': answer(response, 200, TYPE, scrape.text); break;
  }
  return true;
};

const answer = (response: ServerResponse, status: number, type: string, text: string, more: Readonly<Record<string, string>> = {}): void => {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), 'cache-control': 'no-store', ...more });
  response.end(text);
};
