import type { Desk } from '../desk';
import { revealSecret } from '../secret/secrets';
import { type Mail, mailOf, type Webhook, webhookOf } from './settings';

/** Who is to be told, as it is set now; the secrets are read when they are wanted. */
export const waysOf = (desk: Desk): { mail: () => Mail | undefined; webhook: () => Webhook | undefined } => {
  const config = (): Readonly<Record<string, string>> => [...desk.store.all('pool').values()][0]?.other_config ?? {};
  const reveal = (uuid: string): string | undefined => revealSecret(desk, uuid);
  return { mail: () => mailOf(config(), desk.hardware().hostname, reveal), webhook: () => webhookOf(config(), reveal) };
};
