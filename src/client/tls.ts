/* TLS with the certificate pinned by its fingerprint. Hosts sign their own certificates, so the fingerprint that a person
 * has accepted is the only proof there is; it is compared before the first byte of ours leaves. */
import net from 'node:net';
import tls from 'node:tls';
import type { HostAddress } from './address';
import { CONNECT_TIMEOUT_MS } from './limits';

export interface PinnedTarget extends HostAddress { fingerprint?: string; connectTimeoutMs?: number; signal?: AbortSignal }
export type Distrust =
  | { outcome: 'untrusted'; fingerprint: string }
  | { outcome: 'changed'; expected: string; got: string }
  | { outcome: 'unreachable'; reason: string };
export type Opened = { outcome: 'trusted'; socket: tls.TLSSocket; fingerprint: string } | Distrust;

const TCP_KEEPALIVE_MS = 30_000;

export const openPinned = (target: PinnedTarget): Promise<Opened> => new Promise(resolve => {
  const { host, port, signal } = target;
  if (signal?.aborted) { resolve({ outcome: 'unreachable', reason: 'cancelled' }); return; }
  const socket = tls.connect({ host, port, rejectUnauthorized: false, minVersion: 'TLSv1.2', ...(net.isIP(host) ? {} : { servername: host }) });
  const settle = (opened: Opened): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    socket.off('error', onError).off('close', onClose).off('secureConnect', onSecure);
    socket.on('error', () => { /* 'close' follows, and is what its owner listens to */ });
    if (opened.outcome !== 'trusted') socket.destroy();
    resolve(opened);
  };
  const fail = (reason: string): void => { settle({ outcome: 'unreachable', reason }); };
  const onAbort = (): void => { fail('cancelled'); };
  const onError = (error: NodeJS.ErrnoException): void => { fail(error.code ?? 'closed'); };
  const onClose = (): void => { fail('closed'); };
  const onSecure = (): void => {
    const got = socket.getPeerX509Certificate()?.fingerprint256;
    if (got === undefined) { fail('closed'); return; }
    const expected = target.fingerprint === undefined ? undefined : normalFingerprint(target.fingerprint);
    if (expected === undefined) { settle({ outcome: 'untrusted', fingerprint: got }); return; }
    if (expected !== got) { settle({ outcome: 'changed', expected, got }); return; }
    socket.setKeepAlive(true, TCP_KEEPALIVE_MS).setNoDelay(true);
    settle({ outcome: 'trusted', socket, fingerprint: got });
  };
  const timer = setTimeout(() => { fail('connect-timeout'); }, target.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  signal?.addEventListener('abort', onAbort, { once: true });
  socket.on('error', onError).on('close', onClose).on('secureConnect', onSecure);
});

/** Upper case with colons, as certificates are shown; also takes it in lower case and without colons. */
export const normalFingerprint = (text: string): string => {
  const digits = text.replace(/[^0-9a-f]/gi, '').toUpperCase();
  return digits.match(/../g)?.join(':') ?? '';
};
export const isFingerprint = (text: string): boolean => /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(text);
