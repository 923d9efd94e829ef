import { parseType, type ClassName, type MessageModel, type Type } from '../../shared/api';
import { CLASSES } from '../../shared/api/generated/model';
import type { CallContext, Handlers } from '../operations/contract';
import { isTold } from '../operations/audit/auditor';
import { needsOf, type Needs } from '../operations/session/permissions';
import { parameterName } from './values';

/* Every method that can be called, with what the data model says of it. Only what there is a handler for is real. */

export interface Parameter { name: string; type: Type; fallback: unknown; optional: boolean }
export interface Method {
  name: string;
  params: readonly Parameter[];
  /** Parameters that must be given; those after it have defaults. */
  required: number;
  result: Type;
  noSession: boolean;
  /** The permission that a call with these arguments needs. */
  needs: Needs;
  /** Whether the audit log tells of a call with these arguments. */
  told: (args: readonly unknown[]) => boolean;
  cls: ClassName;
  message: MessageModel;
  hasAsync: boolean;
  run(context: CallContext, ...args: unknown[]): unknown;
}
export type Found = { kind: 'method' | 'async'; method: Method } | { kind: 'no-async' } | { kind: 'removed' };
export interface Methods { find(name: string): Found | undefined; names: readonly string[] }

export const buildMethods = (handlers: Handlers): Methods => {
  const table = new Map<string, Found>(), names: string[] = [];
  for (const cls of Object.keys(CLASSES) as ClassName[]) {
    for (const message of CLASSES[cls].messages) {
      const name = `${cls}.${message.name}`, handler = handlers[name as keyof Handlers];
      if (message.removed) { table.set(name, { kind: 'removed' }); continue; }
      if (!handler) continue;
      const method = describe(cls, message, handler);
      names.push(name);
      table.set(name, { kind: 'method', method });
      const underscored = `${cls}_${message.name}`;
      if (!table.has(underscored)) table.set(underscored, { kind: 'method', method });
      if (method.hasAsync) names.push(`Async.${name}`);
      table.set(`Async.${name}`, method.hasAsync ? { kind: 'async', method } : { kind: 'no-async' });
    }
  }
  return { find: name => table.get(name), names: ['system.listMethods', 'system.isAlive', ...names] };
};

const describe = (cls: ClassName, message: MessageModel, run: Method['run']): Method => {
  const name = `${cls}.${message.name}`;
  const params = message.params.map((p): Parameter => {
    const [param, type] = p as [string, string];
    return { name: parameterName(name, param), type: parseType(type), optional: p.length > 2, fallback: p[2] };
  });
  return {
    name, params, required: params.filter(p => !p.optional).length, result: parseType(message.result), noSession: message.noSession === true,
    needs: needsOf(cls, message), told: isTold(cls, message), cls, message, hasAsync: message.async === true, run,
  };
};
