import { ApiError } from '../../../shared/api';
import type { MailSettings, WebhookSettings } from '../../notify/contract';

/* Who is told by e-mail and by webhook: keys of pool.other_config. Those of e-mail are XenServer's where it has them; passwords are secrets, named by their uuid. */

type Config = Readonly<Record<string, string>>;
export const MAIL = { destination: 'mail-destination', sender: 'mail-sender', priority: 'mail-min-priority', hub: 'ssmtp-mailhub', security: 'mail-security', user: 'mail-user', password: 'mail-password-secret' } as const;
export const WEBHOOK = { url: 'webhook-url', urlSecret: 'webhook-url-secret', priority: 'webhook-min-priority', secret: 'webhook-secret', fingerprint: 'webhook-fingerprint' } as const;
/** Keys whose value is the uuid of a secret. */
export const SECRET_KEYS: readonly string[] = [MAIL.password, WEBHOOK.secret, WEBHOOK.urlSecret, 'prometheus-secret'];

const PRIORITY_DEFAULT = 3, RECIPIENTS_MAX = 20;
const ADDRESS = /^[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,255}$/, HUB = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(?::(\d{1,5}))?$/, UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SECURITY: readonly string[] = ['auto', 'starttls', 'tls', 'none'];
const PORTS: Readonly<Record<string, number>> = { auto: 25, none: 25, starttls: 587, tls: 465 };

export interface Mail { settings: MailSettings; minPriority: number }
export interface Webhook { settings: WebhookSettings; minPriority: number }

/** Undefined: nobody is to be told. @param reveal the value of a secret; undefined: there is none */
export const mailOf = (config: Config, hostname: string, reveal: (uuid: string) => string | undefined): Mail | undefined => {
  const to = addresses(config[MAIL.destination] ?? ''), hub = HUB.exec(config[MAIL.hub] ?? '');
  if (to.length === 0 || !hub) return undefined;
  const [, host = '', port] = hub, security = securityOf(config), user = config[MAIL.user], password = config[MAIL.password];
  return {
    minPriority: Number(config[MAIL.priority] ?? PRIORITY_DEFAULT),
    settings: {
      host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? PORTS[security] ?? 25 : Number(port), security, from: config[MAIL.sender] ?? `noreply@${hostname}`, to,
      ...(user === undefined || user === '' ? {} : { user, password: (password === undefined ? undefined : reveal(password)) ?? '' }),
    },
  };
};

export const webhookOf = (config: Config, reveal: (uuid: string) => string | undefined): Webhook | undefined => {
  const { [WEBHOOK.urlSecret]: urlSecret, [WEBHOOK.secret]: secret, [WEBHOOK.fingerprint]: fingerprint } = config;
  // Some addresses are passwords themselves.
  const url = (urlSecret === undefined || urlSecret === '' ? config[WEBHOOK.url] : reveal(urlSecret)) ?? '';
  if (!isHttps(url)) return undefined;
  const value = secret === undefined ? undefined : reveal(secret);
  return {
    minPriority: Number(config[WEBHOOK.priority] ?? PRIORITY_DEFAULT),
    settings: { url, ...(value === undefined ? {} : { secret: value }), ...(fingerprint === undefined || fingerprint === '' ? {} : { fingerprint }) },
  };
};

/** When they are set. */
export const assertNotifySettings = (before: Config, after: Config): void => {
  for (const [key, value] of Object.entries(after)) {
    if (value === '' || value === before[key]) continue;
    const why = wrong(key, value);
    if (why !== undefined) throw new ApiError('INVALID_VALUE', `other_config:${key}`, why);
  }
};
const wrong = (key: string, value: string): string | undefined => {
  if (SECRET_KEYS.includes(key)) return UUID.test(value) ? undefined : 'the uuid of a secret is wanted: nobody else may read what is in one';
  switch (key) {
    case MAIL.destination: return addresses(value).length > 0 && addresses(value).length <= RECIPIENTS_MAX && addresses(value).every(one => ADDRESS.test(one)) ? undefined : `${value.slice(0, 100)}: e-mail addresses are wanted, with commas between, at most ${RECIPIENTS_MAX}`;
    case MAIL.sender: return ADDRESS.test(value) ? undefined : `${value.slice(0, 100)}: an e-mail address is wanted`;
    case MAIL.hub: return HUB.test(value) && Number(HUB.exec(value)?.[2] ?? 25) <= 65_535 ? undefined : `${value.slice(0, 100)}: the mail server is wanted, as NAME or NAME:PORT`;
    case MAIL.security: return SECURITY.includes(value) ? undefined : `${value.slice(0, 100)}: ${SECURITY.join(', ')} are known`;
    case MAIL.priority: case WEBHOOK.priority: return /^[1-5]$/.test(value) ? undefined : `${value.slice(0, 100)}: 1 to 5 is wanted`;
    case WEBHOOK.url: return isHttps(value) ? undefined : `${value.slice(0, 100)}: an address that begins with https:// and holds no password is wanted`;
    case WEBHOOK.fingerprint: return /^([0-9a-fA-F]{2}:?){32}$/.test(value) ? undefined : 'a SHA-256 fingerprint is wanted: 64 hexadecimal digits, with or without colons';
    default: return undefined;
  }
};

const addresses = (text: string): string[] => text.split(/[,;\s]+/).filter(one => one !== '');
const securityOf = (config: Config): MailSettings['security'] => {
  const text = config[MAIL.security];
  return text === 'starttls' || text === 'tls' || text === 'none' ? text : 'auto';
};
const isHttps = (text: string): boolean => { try { const url = new URL(text); return url.protocol === 'https:' && url.username === '' && url.password === ''; } catch { return false; } };
