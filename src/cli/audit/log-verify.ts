import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AuditChain } from '../../shared/lib/audit-chain';
import { receive } from '../transfer';
import { CannotError, print, type Verb } from '../verb';

export const auditLogVerify: Verb = {
  name: 'audit-log-verify', summary: 'checks the chain of the audit log: that no line was changed, put in or taken out', flags: [],
  parameters: [{ name: 'filename', about: 'a file that audit-log-get wrote; without it the host\'s whole log is fetched' }],
  run: async context => {
    const file = context.values.get('filename');
    if (file !== undefined) { print(context.terminal.stdout, await check(file)); return; }
    const folder = await mkdtemp(path.join(tmpdir(), 'audit-')), fetched = path.join(folder, 'audit.log');
    try {
      await receive({ ...context, values: new Map([['filename', fetched]]) }, 'Audit log', '/audit_log', {});
      print(context.terminal.stdout, await check(fetched));
    } finally { await rm(folder, { recursive: true, force: true }); }
  },
};

/** In words; CannotError where it is broken. */
const check = async (file: string): Promise<string> => {
  const chain = new AuditChain(line => createHash('sha256').update(line).digest('hex'), line => Buffer.from(line).toString('utf8'));
  const push = (line: Buffer): void => {
    const broken = chain.push(line);
    if (broken) throw new CannotError(`the chain is broken at line ${broken.line}: ${broken.why}`);
  };
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) { push(rest.subarray(0, end)); rest = rest.subarray(end + 1); }
    }
  } catch (error) { throw error instanceof CannotError ? error : new CannotError(`${file} cannot be read: ${(error as Error).message}`); }
  if (rest.length > 0) push(rest);
  const { lines, first = 0, seq, hash, isTorn } = chain.state;
  return `${lines} lines, ${first} to ${seq}, are whole${first > 1 ? '; what was before is not in this file' : ''}${isTorn ? '; the last one is unfinished' : ''}. The last line's hash: ${hash}`;
};
