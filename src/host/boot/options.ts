import path from 'node:path';
import { parseArgs } from 'node:util';

/* The command line of the host service. */

export interface Options {
  data: string;
  listen: { address: string; port: number };
  passwordFile?: string;
  brand: string;
  guests?: string;
  localTokenFile?: string;
  stopVmsOnExit: boolean;
  licenceFile?: string;
  acceptDevelopmentLicences: boolean;
  /** For tests: while this file says `PLAN:N`, the service kills itself at the n-th boundary of that plan, as a power cut would. */
  dieAtFile?: string;
}
/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

export const USAGE = `usage: host --data DIR --listen ADDRESS:PORT [options]
  --data DIR                where everything of this host is kept
  --listen ADDRESS:PORT     where it listens; port 0 is any free one; [ADDRESS]:PORT for IPv6
  --password-file FILE      its first line becomes the administrator's password
  --brand NAME              product name that is told to clients
  --guests DIR              guest templates that set-up has built
  --local-token-file FILE   written at every start: a password for programs of this machine
  --licence FILE            a licence to add, as host.license_add does
  --accept-development-licences
                            also those that everybody can sign: for tests and development only
  --stop-vms-on-exit        shut the virtual machines down at the end; without it they go on`;

export const readOptions = (args: readonly string[]): Options => {
  const { values } = parse(args);
  const { data, listen } = values;
  if (data === undefined || data === '') throw new UsageError('--data is missing');
  if (listen === undefined) throw new UsageError('--listen is missing');
  return {
    data: path.resolve(data), listen: listenAddress(listen), brand: values.brand, stopVmsOnExit: values['stop-vms-on-exit'], acceptDevelopmentLicences: values['accept-development-licences'],
    ...(values['password-file'] === undefined ? {} : { passwordFile: values['password-file'] }),
    ...(values['die-at-file'] === undefined ? {} : { dieAtFile: path.resolve(values['die-at-file']) }),
    ...(values.licence === undefined ? {} : { licenceFile: path.resolve(values.licence) }),
    ...(values.guests === undefined ? {} : { guests: values.guests }),
    ...(values['local-token-file'] === undefined ? {} : { localTokenFile: path.resolve(values['local-token-file']) }),
  };
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args], allowPositionals: false, strict: true,
      options: {
        data: { type: 'string' }, listen: { type: 'string' }, 'password-file': { type: 'string' }, brand: { type: 'string', default: 'Administrator Console' },
        guests: { type: 'string' }, 'local-token-file': { type: 'string' }, 'stop-vms-on-exit': { type: 'boolean', default: false }, licence: { type: 'string' }, 'accept-development-licences': { type: 'boolean', default: false },
        'die-at-file': { type: 'string' },
      },
    });
  } catch (error) { throw new UsageError(error instanceof Error ? error.message : String(error)); }
};

const listenAddress = (text: string): Options['listen'] => {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const address = match?.[1] ?? match?.[2];
  if (address === undefined || port > 65_535) throw new UsageError(`--listen wants ADDRESS:PORT, not "${text}"`);
  return { address, port };
};
