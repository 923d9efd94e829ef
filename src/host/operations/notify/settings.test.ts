import { describe, expect, it } from 'vitest';
import { assertNotifySettings, mailOf, webhookOf } from './settings';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';
const reveal = (uuid: string): string | undefined => (uuid === UUID ? 'hush' : undefined);

describe('who is to be told', () => {
  it('is nobody without a destination and a mail server', () => {
    expect([mailOf({}, 'h', reveal), mailOf({ 'mail-destination': 'a@b' }, 'h', reveal), mailOf({ 'ssmtp-mailhub': 'b' }, 'h', reveal), webhookOf({}, reveal), webhookOf({ 'webhook-url': 'http://b' }, reveal)]).toEqual(Array(5).fill(undefined));
  });
  it('is read as XenServer reads it, with a port for each way', () => {
    expect(mailOf({ 'mail-destination': 'a@b.example, c@d.example', 'ssmtp-mailhub': 'mail.example:2525' }, 'box', reveal)).toEqual({ minPriority: 3, settings: { host: 'mail.example', port: 2525, security: 'auto', from: 'noreply@box', to: ['a@b.example', 'c@d.example'] } });
    expect(mailOf({ 'mail-destination': 'a@b', 'ssmtp-mailhub': '[::1]', 'mail-security': 'tls', 'mail-user': 'u', 'mail-password-secret': UUID, 'mail-sender': 's@b', 'mail-min-priority': '5' }, 'box', reveal))
      .toEqual({ minPriority: 5, settings: { host: '::1', port: 465, security: 'tls', from: 's@b', to: ['a@b'], user: 'u', password: 'hush' } });
    expect(webhookOf({ 'webhook-url': 'https://b/x', 'webhook-secret': UUID }, reveal)).toEqual({ minPriority: 3, settings: { url: 'https://b/x', secret: 'hush' } });
  });
  it('takes an address that is a secret itself from a secret', () => {
    expect(webhookOf({ 'webhook-url-secret': UUID, 'webhook-url': 'https://b/x' }, () => 'https://hooks.example/T0/B1/xyz')?.settings.url).toBe('https://hooks.example/T0/B1/xyz');
    expect(webhookOf({ 'webhook-url-secret': UUID }, reveal)).toBeUndefined(); // what is in it is no address
  });
  it.each([
    ['mail-destination', 'nobody'], ['mail-destination', 'a@b\nBcc: c@d'], ['mail-sender', 'a@b, c@d'], ['ssmtp-mailhub', 'mail example'], ['ssmtp-mailhub', 'mail:99999'], ['mail-security', 'ssl'], ['mail-min-priority', '0'],
    ['webhook-url', 'http://b/'], ['webhook-url', 'https://user:word@b/'], ['webhook-fingerprint', 'abc'], ['mail-password-secret', 'hunter2'], ['webhook-secret', 'hunter2'], ['prometheus-secret', 'hunter2'],
  ])('refuses %s = %s', (key, value) => {
    expect(() => { assertNotifySettings({}, { [key]: value }); }).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }) as Error);
    expect(() => { assertNotifySettings({ [key]: value }, { [key]: value, other: 'x' }); }).not.toThrow();
  });
  it('never says a password in its refusal', () => {
    try { assertNotifySettings({}, { 'webhook-secret': 'hunter2' }); } catch (error) { expect(JSON.stringify(error)).not.toContain('hunter2'); }
  });
});
