import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/* A mail server on loopback: the real protocol with STARTTLS and passwords. It can refuse, for now or for ever, and hang. */

export interface Letter { from: string; to: string[]; /** As a person reads them. */ subject: string; text: string; encrypted: boolean; user: string | undefined }
export interface SmtpPeer {
  port: number;
  letters: Letter[];
  /** How often somebody began to hand in a letter. */
  tried(): number;
  /** What the next attempts are answered; `hang`: nothing. */
  trouble: ('busy' | 'never' | 'hang')[];
  close(): Promise<void>;
}

export const smtpPeer = async ({ tls, user, password }: { tls?: { cert: string; key: string }; user?: string; password?: string } = {}): Promise<SmtpPeer> => {
  const letters: Letter[] = [], trouble: SmtpPeer['trouble'] = [];
  let tried = 0;
  const server = new SMTPServer({
    ...(tls ?? {}), authOptional: user === undefined, disableReverseLookup: true, disabledCommands: tls ? [] : ['STARTTLS'], allowInsecureAuth: false, closeTimeout: 100,
    onAuth: (auth, _session, answer) => { if (auth.username === user && auth.password === password) answer(null, { user: auth.username }); else answer(new Error('wrong user or password')); },
    onMailFrom: (_address, _session, answer) => {
      tried++;
      switch (trouble.shift()) {
        case 'busy': answer(Object.assign(new Error('come back later'), { responseCode: 451 })); return;
        case 'never': answer(Object.assign(new Error('not here'), { responseCode: 550 })); return;
        case 'hang': return;
        case undefined: answer();
      }
    },
    onData: (stream, session, answer) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => { chunks.push(chunk); }).on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        letters.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), ...read(Buffer.concat(chunks).toString('latin1')), encrypted: session.secure, user: session.user as string | undefined });
        answer();
      });
    },
  });
  server.on('error', () => { /* a client that goes away */ });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port, letters, trouble, tried: () => tried,
    close: () => new Promise(resolve => { server.close(() => { resolve(); }); }),
  };
};

/** Header lines are folded and their words encoded; lines of the text are broken by a `=`. */
const read = (raw: string): { subject: string; text: string } => {
  const [head = '', ...rest] = raw.split('\r\n\r\n'), subject = /^Subject: ([^\r]*(?:\r\n[ \t][^\r]*)*)/m.exec(head)?.[1] ?? '';
  return {
    subject: subject.replace(/\r\n(?=[ \t])/g, '').replace(/\?=\s+=\?UTF-8\?Q\?/gi, '').replace(/=\?UTF-8\?Q\?(.*?)\?=/gi, (_, words: string) => quoted(words.replaceAll('_', ' '))),
    text: quoted(rest.join('\r\n\r\n').replace(/=\r\n/g, '')).replaceAll('\r\n', '\n'),
  };
};
const quoted = (text: string): string => Buffer.from(text.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
