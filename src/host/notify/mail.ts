import { createTransport } from 'nodemailer';
import { DeliveryError, type MailSettings, type Note } from './contract';

/* One letter over one SMTP connection. Several notes that waited together are one letter. */

const CONNECT_LIMIT_MS = 15_000, TALK_LIMIT_MS = 30_000;

export const sendMail = async ({ host, port, security, user, password, from, to }: MailSettings, notes: readonly Note[], signal: AbortSignal): Promise<void> => {
  const [first] = notes;
  if (!first) return;
  signal.throwIfAborted();
  const transport = createTransport({
    host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none',
    connectionTimeout: CONNECT_LIMIT_MS, greetingTimeout: CONNECT_LIMIT_MS, socketTimeout: TALK_LIMIT_MS, disableFileAccess: true, disableUrlAccess: true,
    tls: { rejectUnauthorized: security !== 'auto' || user !== undefined },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
  });
  const close = (): void => { transport.close(); };
  signal.addEventListener('abort', close, { once: true });
  try {
    await transport.sendMail({
      from, to: [...to], subject: notes.length === 1 ? first.subject : `${first.subject} (and ${notes.length - 1} more)`, text: notes.map(note => note.text).join('\n\n----\n\n'),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Priority': first.priority <= 2 ? '1' : '3' },
    });
  } catch (error) {
    signal.throwIfAborted();
    const { responseCode = 0, message } = error as { responseCode?: number; message: string };
    throw new DeliveryError(message, responseCode >= 500); // 5xx: never; 4xx and all else: later
  } finally { signal.removeEventListener('abort', close); transport.close(); }
};
