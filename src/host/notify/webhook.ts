import { createHmac } from 'node:crypto';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { DeliveryError, type Note, type WebhookSettings } from './contract';

/* One POST of JSON. Redirects are not followed: what is signed for one address is not told to another. */

const LIMIT_MS = 15_000;
export const SIGNATURE_HEADER = 'x-administrator-console-signature', TIMESTAMP_HEADER = 'x-administrator-console-timestamp';

/** Over `timestamp.body`, so that an old one cannot be sent again. */
export const signatureOf = (secret: string, timestamp: string, body: string): string => `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;

export const postNote = async ({ url, secret, fingerprint }: WebhookSettings, note: Note, signal: AbortSignal): Promise<void> => {
  const { objUuid, objName, ...rest } = note, body = JSON.stringify({ event: 'message', ...rest, obj_uuid: objUuid, obj_name: objName }), timestamp = String(Math.floor(Date.now() / 1000));
  const headers = {
    'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'user-agent': 'administrator-console', [TIMESTAMP_HEADER]: timestamp,
    ...(secret === undefined ? {} : { [SIGNATURE_HEADER]: signatureOf(secret, timestamp, body) }),
  };
  const status = await new Promise<number>((resolve, reject) => {
    // A pinned certificate is checked by its fingerprint before a byte is sent.
    const request = https.request(url, { method: 'POST', headers, agent: false, signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]), ...(fingerprint === undefined ? {} : { rejectUnauthorized: false }) }, response => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.on('socket', socket => {
      socket.once('secureConnect', () => {
        const shown = plain((socket as TLSSocket).getPeerCertificate().fingerprint256);
        if (fingerprint !== undefined && shown !== plain(fingerprint)) request.destroy(new DeliveryError('the server shows another certificate than the one that is pinned', false));
        else request.end(body);
      });
    });
  }).catch((error: unknown) => { signal.throwIfAborted(); throw error instanceof DeliveryError ? error : new DeliveryError((error as Error).message, false); });
  // What the server does not take as it is, it will not take later either; being busy or broken passes.
  if (status < 200 || status > 299) throw new DeliveryError(`the server answered ${status}`, status >= 300 && status < 500 && status !== 408 && status !== 425 && status !== 429);
};

const plain = (fingerprint: string | undefined): string => (fingerprint ?? '').replaceAll(':', '').toLowerCase();
