import type { SilentReason } from '../../../shared/api';

/* Why a host is silent, in words: what happened, and what to look at. */

interface Silence { what: string; look: string }
const NETWORK = 'Check the address, and that this computer reaches the network of the host.';
const SERVICE = 'Check that the hypervisor service runs on the host.';

const OURS: Readonly<Record<SilentReason, Silence>> = {
  'call-timeout': { what: 'The host took too long to answer', look: 'It may be overloaded, or the network may be cut.' },
  'connect-timeout': { what: 'The host did not answer in time', look: NETWORK },
  closed: { what: 'The host closed the connection', look: SERVICE },
  garbled: { what: 'What answered does not speak XenAPI', look: 'Check the address and the port: another service may be there.' },
  'too-large': { what: 'The answer of the host was too large', look: 'Update this program.' },
  'no-pulse': { what: 'The host stopped answering', look: 'It may be down, or the network may be cut.' },
  'too-many-calls': { what: 'Too many requests are waiting for the host', look: 'Wait until some have been answered.' },
  'bad-address': { what: 'This is not an address', look: 'Write a name or an IP address, with a port if need be: host.example.org, 192.0.2.7, [2001:db8::7]:8443.' },
  'connect-file': { what: 'The host on this computer has not said yet how to reach it', look: 'It is probably still starting.' },
  'certificate-changed': { what: 'The certificate of the host has changed', look: 'Nothing was sent to it. Connect anew to compare both fingerprints.' },
  'certificate-untrusted': { what: 'The certificate of the host is not trusted yet', look: 'Connect anew to look at it.' },
  'not-connected': { what: 'There is no connection to the host', look: 'It connects again by itself.' },
  'no-such-session': { what: 'This connection has ended', look: 'Connect again.' },
  cancelled: { what: 'The connection was given up', look: 'Connect again.' },
  'not-reading': { what: 'The console takes no more input', look: 'The guest does not read what is typed.' },
  'too-many-consoles': { what: 'Too many consoles are open', look: 'Close one of them.' },
};

const SYSTEM: Readonly<Record<string, Silence>> = {
  ECONNREFUSED: { what: 'Nothing answers at this address and port', look: SERVICE },
  ENOTFOUND: { what: 'There is no host with this name', look: 'Check the spelling, or use the IP address.' },
  EAI_AGAIN: { what: 'The name of the host cannot be looked up now', look: 'Check the network of this computer, or use the IP address.' },
  ETIMEDOUT: { what: 'The host did not answer in time', look: NETWORK },
  EHOSTUNREACH: { what: 'There is no way to this host', look: NETWORK },
  ENETUNREACH: { what: 'There is no way to the network of this host', look: NETWORK },
  ECONNRESET: { what: 'The host cut the connection', look: SERVICE },
  EPIPE: { what: 'The host cut the connection', look: SERVICE },
  EPROTO: { what: 'What answered does not speak TLS', look: 'Check the port: hosts are reached by https.' },
  moved: { what: 'The host has another address now', look: 'It is being called there.' },
  // The host said this, and it passes by itself: the session waits.
  SESSION_INVALID: { what: 'The host has logged this program out', look: 'It logs in again by itself.' },
  SESSION_AUTHENTICATION_FAILED: { what: 'The host does not accept the password now', look: 'It may have been changed.' },
  HOST_STILL_BOOTING: { what: 'The host is still starting', look: 'It takes a moment.' },
};

export const silenceOf = (reason: string): Silence => {
  const known = (OURS as Readonly<Record<string, Silence>>)[reason] ?? SYSTEM[reason];
  if (known) return known;
  const status = /^http-(\d+)$/.exec(reason)?.[1];
  if (status !== undefined) return { what: `What answered refused with HTTP status ${status}`, look: 'Check the address and the port: another service may be there.' };
  return { what: reason === '' ? 'The host does not answer' : `The host does not answer (${reason})`, look: NETWORK };
};
