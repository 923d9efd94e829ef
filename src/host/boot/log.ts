import type { Writable } from 'node:stream';
import type { Log } from '../platform/log';

/* One line per event on stderr: time, level, what, and facts as key=value. For people, and for grep. */

const VALUE_MAX_CHARS = 4096;

export const createLog = (out: Writable, now: () => number): Log => {
  out.on('error', () => { /* whoever read it is gone; the service goes on */ });
  const line = (level: string) => (what: string, facts: Readonly<Record<string, unknown>> = {}): void => {
    const told = Object.entries(facts).map(([key, value]) => ` ${key}=${text(value)}`).join('');
    out.write(`${new Date(now()).toISOString()} ${level} ${what}${told}\n`);
  };
  return { info: line('info '), warn: line('warn '), error: line('error') };
};

const text = (value: unknown): string => {
  const plain = typeof value === 'string' ? value : value instanceof Error ? value.message : JSON.stringify(value) ?? 'undefined';
  const short = plain.length > VALUE_MAX_CHARS ? `${plain.slice(0, VALUE_MAX_CHARS)}...` : plain;
  return /^[\w.:/@-]+$/.test(short) ? short : JSON.stringify(short);
};
