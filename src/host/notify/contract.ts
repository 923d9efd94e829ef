/* How people are told who do not look at a console: by e-mail, by a webhook. Knows no record; what is sent is handed in whole. */

/** A message of this host, for people and for programs. */
export interface Note {
  uuid: string;
  name: string;
  priority: number;
  cls: string;
  objUuid: string;
  objName: string;
  /** ISO 8601. */
  timestamp: string;
  body: string;
  /** One line, and some more, for a person. */
  subject: string;
  text: string;
}
export interface MailSettings {
  host: string;
  port: number;
  /** auto: encrypted where the server offers it. starttls: refused where it does not. tls: from the first byte. none: never. All but auto and none check the certificate, and so does auto before it says a password. */
  security: 'auto' | 'starttls' | 'tls' | 'none';
  user?: string;
  password?: string;
  from: string;
  to: readonly string[];
}
export interface WebhookSettings {
  /** https. */
  url: string;
  /** Signs the body. */
  secret?: string;
  /** SHA-256 of the server's certificate; absent: it has to be one that this machine trusts. */
  fingerprint?: string;
}
/** `permanent`: the other side will never take it; there is no sense in trying again. */
export class DeliveryError extends Error {
  readonly permanent: boolean;
  constructor(detail: string, permanent: boolean) { super(detail); this.name = 'DeliveryError'; this.permanent = permanent; }
}
/** Each tries once; DeliveryError when it did not arrive. */
export interface Courier {
  mail(settings: MailSettings, notes: readonly Note[], signal: AbortSignal): Promise<void>;
  post(settings: WebhookSettings, note: Note, signal: AbortSignal): Promise<void>;
}
