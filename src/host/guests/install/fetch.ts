import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, request, type Dispatcher } from 'undici';
import { InstallError } from '../contract';
import { CONNECT_TIMEOUT_MS, LIST_MAX_BYTES, REDIRECTS_MAX, SILENCE_TIMEOUT_MS } from './limits';

/* One way out to servers of others: http and https, by the proxy that the service's environment names, with limits everywhere. undici is Node's own HTTP client as a
 * package: the built-in fetch takes neither another CA nor a proxy. */

export interface Fetcher {
  /** A small file. Undefined: the server says that there is none. */
  text(url: string, maxBytes?: number): Promise<Buffer | undefined>;
  /** Undefined as above. `length` as announced, if it is. */
  open(url: string): Promise<{ bytes: AsyncIterable<Buffer>; length: number | undefined } | undefined>;
  exists(url: string): Promise<boolean>;
  close(): Promise<void>;
}

/** @param ca PEM, trusted beside the system's */
export const createFetcher = (signal: AbortSignal, ca?: string): Fetcher => {
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: CONNECT_TIMEOUT_MS, ...(ca === undefined ? {} : { ca: [...trusted(), ca] }) }, headersTimeout: SILENCE_TIMEOUT_MS, bodyTimeout: SILENCE_TIMEOUT_MS,
  });
  const open: Fetcher['open'] = async url => {
    const { body, headers } = await answer(agent, url, signal) ?? {};
    if (!body || !headers) return undefined;
    const length = Number(headers['content-length'] ?? NaN);
    return { bytes: body as AsyncIterable<Buffer>, length: Number.isSafeInteger(length) && length >= 0 ? length : undefined };
  };
  return {
    open,
    exists: async url => {
      const found = await answer(agent, url, signal); // not HEAD: there are mirrors that refuse it
      found?.body.on('error', () => { /* we hang up */ }).destroy();
      return found !== undefined;
    },
    text: async (url, maxBytes = LIST_MAX_BYTES) => {
      const found = await open(url);
      if (!found) return undefined;
      const parts: Buffer[] = [];
      let size = 0;
      try {
        for await (const part of found.bytes) {
          if ((size += part.length) > maxBytes) throw new InstallError('too-large', `${url} is larger than ${maxBytes} bytes, which such a file never is`);
          parts.push(part);
        }
      } catch (error) { throw silence(error, url, signal); }
      return Buffer.concat(parts);
    },
    close: () => agent.destroy().catch(() => { /* what is under way is over */ }),
  };
};

/** Any answer but "here it is" and "there is none" is an error with its reason. */
const answer = async (dispatcher: Dispatcher, from: string, signal: AbortSignal): Promise<Dispatcher.ResponseData | undefined> => {
  let url = webAddress(from);
  for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
    let response: Dispatcher.ResponseData;
    try {
      response = await request(url, { dispatcher, signal, headers: { 'accept-encoding': 'identity', ...credentials(url) } });
    } catch (error) { throw silence(error, shown(url), signal); }
    const { statusCode, headers, body } = response;
    if (statusCode === 200) return response;
    await body.dump().catch(() => { /* nobody wants it */ });
    if (NOT_THERE.includes(statusCode)) return undefined;
    const { location } = headers;
    if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') throw new InstallError('unreachable', `${shown(url)}: the server answers ${statusCode}`);
    if (!URL.canParse(location, url)) throw new InstallError('unreachable', `${shown(url)}: the server points to no address`);
    const next = webAddress(new URL(location, url).href);
    if (url.protocol === 'https:' && next.protocol === 'http:') throw new InstallError('unreachable', `${shown(url)}: the server points from https to http, which would be read and changed by anybody on the way`);
    url = next;
  }
  throw new InstallError('unreachable', `${from}: the server points to another address more than ${REDIRECTS_MAX} times`);
};

/** Some mirrors refuse what they do not have, `.treeinfo` for one. */
const NOT_THERE: readonly number[] = [400, 403, 404, 410];

export const webAddress = (text: string): URL => {
  if (!URL.canParse(text)) throw new InstallError('bad-url', `"${text.slice(0, 200)}" is no URL`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new InstallError('bad-url', `"${text.slice(0, 200)}" is neither http nor https`);
  return url;
};

/** Of `http://user:password@server/`. */
const credentials = ({ username, password }: URL): Record<string, string> =>
  (username === '' ? {} : { authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}` });
/** Without them. */
export const shown = (url: URL | string): string => { const copy = new URL(url); copy.username = ''; copy.password = ''; return copy.href; };

/** No answer, or one that broke off, in words. */
export const silence = (error: unknown, url: string, signal: AbortSignal): unknown => {
  if (signal.aborted) return signal.reason;
  if (error instanceof InstallError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new InstallError('unreachable', `${shown(url)}: ${WORDS[code] ?? (message === '' ? code : message)}`);
};
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there', ENOTFOUND: 'this server name is not known', EAI_AGAIN: 'names cannot be looked up just now', EHOSTUNREACH: 'there is no way to this server', ENETUNREACH: 'there is no way to this server',
  ECONNRESET: 'the server closed the connection', UND_ERR_SOCKET: 'the server closed the connection', UND_ERR_CONNECT_TIMEOUT: 'the server does not answer', UND_ERR_HEADERS_TIMEOUT: 'the server does not answer', UND_ERR_BODY_TIMEOUT: 'the server fell silent',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is by a CA that is not trusted here; give the CA\'s certificate', DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; give it as the CA to trust it', UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is by a CA that is not trusted here; give the CA\'s certificate',
  CERT_HAS_EXPIRED: 'its certificate has expired', ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another server name', UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the download broke off', UND_ERR_ABORTED: 'the download broke off',
};

/** An own CA is one more, not instead of all others: redirects may lead elsewhere. */
const trusted = (): readonly string[] => {
  try { return [readFileSync('/etc/ssl/certs/ca-certificates.crt', 'utf8')]; } catch { return rootCertificates; }
};
