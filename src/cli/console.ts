/* The text console of a VM, in this terminal (Ctrl-] leaves), or as one end of a pipe. */
import type { Duplex } from 'node:stream';
import type { Ref } from '../shared/api';
import { HostSilent, memberTarget } from '../client';
import { silenceInWords } from './words';
import { CannotError, print, UsageError, type Context, type Terminal, type Verb } from './verb';
import { VM_PARAMETERS, vmOf } from './vms';

const LEAVE_BYTE = 0x1d;
const TIMEOUT_MAX_S = 86_400;

export const console_: Verb = {
  name: 'console',
  summary: 'connects to the text console of a running VM; Ctrl-] leaves',
  parameters: [
    ...VM_PARAMETERS,
    { name: 'wait-for', about: 'ends, with success, when the guest has written this' },
    { name: 'timeout', about: 'ends, with failure, after so many seconds' },
  ],
  flags: [],
  run: async context => {
    const timeoutS = timeoutOf(context.values.get('timeout'));
    const { client, terminal } = context, vm = await vmOf(context), ref = await textConsole(context, vm);
    const member = await memberTarget(client, await client.call('VM.get_resident_on', vm));
    await attach(await client.openConsole({ ref }, { signal: terminal.signal, ...(member && { member }) }), terminal, context.values.get('wait-for'), timeoutS);
  },
};

const textConsole = async ({ client }: Context, vm: Ref<'VM'>): Promise<string> => {
  for (const ref of await client.call('VM.get_consoles', vm)) {
    if ((await client.call('console.get_protocol', ref)) === 'vt100') return ref;
  }
  const state = await client.call('VM.get_power_state', vm);
  throw new CannotError(state === 'Running' ? 'this VM has no text console' : `this VM is ${state.toLowerCase()}: only a running one has a console`);
};

/** Ends when the person leaves, when the text has come, or when the console closes. */
const attach = (stream: Duplex, terminal: Terminal, waitFor: string | undefined, timeoutS: number | undefined): Promise<void> => new Promise((resolve, reject) => {
  const { stdin, stdout, stderr, signal } = terminal;
  const isPerson = stdin.isTTY === true;
  const seen = waitFor === undefined || waitFor === '' ? undefined : finder(waitFor);
  const end = (error?: Error): void => {
    clearTimeout(timer);
    stdin.off('data', onInput).pause();
    stdout.off('drain', onDrain);
    signal.removeEventListener('abort', onAbort);
    if (isPerson) { stdin.setRawMode?.(false); print(stderr, ''); }
    stream.off('end', onClose).off('close', onClose).destroy();
    if (error) reject(error); else resolve();
  };
  const onAbort = (): void => { end(new CannotError('cancelled')); };
  const onDrain = (): void => { stream.resume(); };
  const onInput = (bytes: Buffer): void => {
    const leave = isPerson ? bytes.indexOf(LEAVE_BYTE) : -1;
    stream.write(leave < 0 ? bytes : bytes.subarray(0, leave));
    if (leave >= 0) end();
  };
  const onClose = (): void => { if (seen) end(new CannotError(`the console closed before the guest wrote "${waitFor ?? ''}"`)); else end(); };
  const timer = timeoutS === undefined ? undefined : setTimeout(() => { end(new CannotError(`the guest did not write it within ${timeoutS} s`)); }, timeoutS * 1_000);
  stream.on('data', (bytes: Buffer) => {
    if (!stdout.write(bytes)) stream.pause();
    if (seen?.(bytes)) end();
  });
  stream.on('error', error => { end(new CannotError(`the console is gone: ${silenceInWords(HostSilent.from(error).reason)}`)); });
  stream.on('end', onClose).on('close', onClose);
  stdout.on('drain', onDrain);
  signal.addEventListener('abort', onAbort, { once: true });
  if (isPerson) {
    print(stderr, 'Connected. Ctrl-] leaves.');
    stdin.setRawMode?.(true);
  }
  stdin.on('data', onInput).resume(); // at the end of a pipe the guest may still have much to say
});

/** Whether this text has come, also when it came in pieces. */
const finder = (text: string): (bytes: Buffer) => boolean => {
  const wanted = Buffer.from(text);
  let tail = Buffer.alloc(0);
  return bytes => {
    const both = Buffer.concat([tail, bytes]);
    tail = both.subarray(Math.max(0, both.length - wanted.length + 1));
    return both.includes(wanted);
  };
};

const timeoutOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0 || seconds > TIMEOUT_MAX_S) throw new UsageError(`timeout= takes seconds, up to ${TIMEOUT_MAX_S}`);
  return seconds;
};
