/* Connects as the command line says. An unknown certificate is trusted on first use, with a notice; a changed one is refused
 * loudly. */
import { addressText, connect, knownHostsFile, parseAddress, readKnownHosts, rememberHost, type Client, type ConnectOutcome, type HostAddress } from '../client';
import type { CommandLine } from './arguments';
import { CannotError, print, type Terminal } from './verb';
import { inWords, silenceInWords } from './words';

const COORDINATOR_HOPS_MAX = 3;
const ROOT = 'root';

/** Who logs in: as typed, or as the last time there, whoever wrote that down: xe, or the console. */
export const userOf = ({ user, address }: CommandLine, terminal: Terminal): string => user ?? readKnownHosts(knownHostsFile(terminal.env)).get(addressText(address))?.user ?? ROOT;

export const connectTo = async (line: CommandLine, password: string, terminal: Terminal): Promise<Client> => {
  let address = line.address;
  let given = line.fingerprint;
  for (let hop = 0; hop <= COORDINATOR_HOPS_MAX; hop++) {
    const outcome = await attempt(address, given, line, password, terminal);
    if (outcome.outcome === 'connected') return outcome.client;
    if (outcome.outcome !== 'slave') throw new CannotError(reasonOf(outcome, address));
    const coordinator = parseAddress(outcome.coordinator);
    if (!coordinator) break;
    print(terminal.stderr, `xe: ${addressText(address)} is a member of a pool; going to its coordinator ${outcome.coordinator}.`);
    address = coordinator;
    given = undefined;
  }
  throw new CannotError(`${addressText(address)} sends us from host to host`);
};

const attempt = async (address: HostAddress, given: string | undefined, line: CommandLine, password: string, terminal: Terminal): Promise<ConnectOutcome> => {
  const file = knownHostsFile(terminal.env);
  const text = addressText(address);
  const known = readKnownHosts(file).get(text)?.fingerprint, user = userOf({ ...line, address }, terminal);
  const dial = (fingerprint: string | undefined): Promise<ConnectOutcome> =>
    connect({ address, user, password, originator: 'xe', signal: terminal.signal, ...(fingerprint === undefined ? {} : { fingerprint }) });
  let outcome = await dial(given ?? known);
  let trusted = given;
  if (outcome.outcome === 'untrusted') {
    trusted = outcome.fingerprint;
    const where = line.remember ? `trusted from now on (${file})` : 'trusted this once';
    print(terminal.stderr, `xe: ${text} is not known yet. Its certificate is ${where}; SHA-256 fingerprint:\n  ${trusted}`);
    outcome = await dial(trusted);
  }
  const isProven = outcome.outcome === 'connected' || outcome.outcome === 'refused' || outcome.outcome === 'slave';
  if (line.remember && trusted !== undefined && trusted !== known && isProven) rememberHost(file, text, { fingerprint: trusted, user, lastUsed: new Date().toISOString() });
  return outcome;
};

const reasonOf = (outcome: Exclude<ConnectOutcome, { outcome: 'connected' | 'slave' }>, address: HostAddress): string => {
  switch (outcome.outcome) {
    case 'refused': return inWords(outcome.error.code, outcome.error.params);
    case 'unreachable': return `${addressText(address)}: ${silenceInWords(outcome.reason)}`;
    case 'untrusted': return `${addressText(address)}: its certificate keeps changing`;
    case 'changed': return [
      `THE CERTIFICATE OF ${addressText(address)} IS NOT THE ONE THAT IS TRUSTED. Somebody may be listening in. Nothing was sent.`,
      `  trusted:  ${outcome.expected}`,
      `  shown:    ${outcome.got}`,
      'If its administrator confirms the new fingerprint, give it once with --fingerprint.',
    ].join('\n');
  }
};
