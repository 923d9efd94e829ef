import { randomUUID } from 'node:crypto';
import { ApiError, nullRef, parseType, type Ref, type Type } from '../../shared/api';
import type { Disposable } from '../../shared/lib/emitter';
import type { Auditor } from '../operations/audit/auditor';
import type { CallContext, Caller, Log } from '../operations/contract';
import { toApiError } from '../operations/failure';
import { assertAllowed } from '../operations/session/permissions';
import type { Sessions } from '../operations/session/sessions';
import type { Tasks } from '../operations/task/tasks';
import type { Found, Method, Methods } from './methods';
import { fromWire } from './values';
import { toXml } from './xml';

/* From a method's name and what came with it to an answer: who are you, what is it, may you, are the arguments right.
 * It never throws; what a handler throws becomes a XenAPI error. */

export interface Peer {
  address: string;
  /** Ours, that the connection was made to. */
  localAddress: string;
  /** Of a browser, whose page never sees it: calls with an empty reference are in this one. */
  session?: string | undefined;
  /** When the connection that this call came by closes. */
  onGone: (listener: () => void) => Disposable;
}
export type Answer = { ok: true; type: Type; value: unknown; bare: boolean } | { ok: false; error: readonly string[] };
export interface Dispatcher { call(method: string, params: readonly unknown[], peer: Peer): Answer | Promise<Answer> }

const TEXTS = parseType('string set'), TEXT = parseType('string'), TASK = parseType('task ref');

export const createDispatcher = (methods: Methods, sessions: Sessions, tasks: Tasks, auditor: Auditor, log: Log, stopping: AbortSignal): Dispatcher => {
  const refuse = (method: string, error: unknown): Answer => {
    const failure = toApiError(error, {});
    if (failure.code === 'INTERNAL_ERROR') log.error('call failed', { method, error: error instanceof Error ? error.stack : String(error) });
    return { ok: false, error: [failure.code, ...failure.params] };
  };

  const run = ({ method, kind }: Extract<Found, { method: Method }>, params: readonly unknown[], peer: Peer): { type: Type; value: unknown } => {
    const received = method.noSession ? params.length : Math.max(0, params.length - 1);
    if (received < method.required || received > method.params.length || (!method.noSession && params.length === 0)) {
      throw new ApiError('MESSAGE_PARAMETER_COUNT_MISMATCH', method.name, String(method.params.length), String(received));
    }
    const caller: Caller = method.noSession ? { session: nullRef(), user: '', role: '', origin: peer.address } : sessions.caller(params[0] === '' ? peer.session ?? '' : params[0]);
    const given = method.noSession ? params : params.slice(1);
    const tell = method.told(given) ? teller(method, kind, caller, given) : undefined;
    try {
      if (!method.noSession) assertAllowed(caller.role, method.needs(given));
      const args = method.params.map((p, i) => (i < received ? fromWire(p.type, given[i], p.name) : p.fallback));
      if (kind === 'async') return { type: TASK, value: startTask(method, caller, args, tell) };
      const value = method.run(new PlainCall(caller, stopping, peer), ...args);
      if (tell) {
        if (value instanceof Promise) { const end = tell(true); return { type: method.result, value: value.then(result => { end(); return result as unknown; }, (error: unknown) => { end(wordsOf(error)); throw error; }) }; }
        tell(false)();
      }
      return { type: method.result, value };
    } catch (error) { tell?.(false)(wordsOf(error)); throw error; }
  };
  /** What it is about is looked up now; the call may destroy it. */
  const teller = (method: Method, kind: 'method' | 'async', caller: Caller, given: readonly unknown[]): Tell => {
    const call = kind === 'async' ? `Async.${method.name}` : method.name, args = auditor.args(method, given);
    return (begins, task) => auditor.tell({ call, caller, args, ...(task === undefined ? {} : { task }) }, begins);
  };
  const startTask = (method: Method, caller: Caller, args: readonly unknown[], tell: Tell | undefined): Ref<'task'> => {
    const told: { end?: ReturnType<Tell> } = {};
    const ref = tasks.run(`Async.${method.name}`, caller, async context => {
      try {
        const result = await method.run(context, ...args);
        told.end?.();
        return result;
      } catch (error) { told.end?.(context.task.signal.aborted ? ['TASK_CANCELLED', context.task.ref] : wordsOf(error)); throw error; }
    }, value => toXml(method.result, value));
    if (tell) told.end = tell(true, ref); // before the work begins
    return ref;
  };

  return {
    call: (name, params, peer) => {
      try {
        if (name === 'system.listMethods') return { ok: true, type: TEXTS, value: methods.names, bare: true };
        if (name === 'system.isAlive' || name.startsWith('system.isAlive:')) return { ok: true, type: TEXT, value: '', bare: false };
        const found = methods.find(name);
        if (!found) throw new ApiError('MESSAGE_METHOD_UNKNOWN', name.slice(0, 200));
        if (found.kind === 'removed') throw new ApiError('MESSAGE_REMOVED');
        if (found.kind === 'no-async') throw new ApiError('Fault', `No async mode for this operation (rpc: ${name})`);
        const { type, value } = run(found, params, peer);
        // Most calls only read: they are answered in the same turn.
        if (value instanceof Promise) return value.then((result): Answer => ({ ok: true, type, value: result, bare: false }), (error: unknown) => refuse(name, error));
        return { ok: true, type, value, bare: false };
      } catch (error) { return refuse(name, error); }
    },
  };
};

type Tell = (begins: boolean, task?: string) => (error?: readonly string[]) => void;
const wordsOf = (error: unknown): readonly string[] => { const { code, params } = toApiError(error, {}); return [code, ...params]; };

/** A call without a task record. Its task reference names nobody, but is its own: current_operations is keyed by it. */
class PlainCall implements CallContext {
  readonly caller: Caller;
  readonly onGone: Peer['onGone'];
  readonly task: CallContext['task'];
  readonly arrived: { at: string; from: string };
  constructor(caller: Caller, signal: AbortSignal, { onGone, address, localAddress }: Peer) {
    this.caller = caller;
    this.onGone = onGone;
    this.arrived = { at: localAddress, from: address };
    this.task = new PlainTask(signal);
  }
}
class PlainTask {
  readonly signal: AbortSignal;
  #ref: Ref<'task'> | undefined;
  constructor(signal: AbortSignal) { this.signal = signal; }
  get ref(): Ref<'task'> { return this.#ref ??= `OpaqueRef:${randomUUID()}` as Ref<'task'>; }
  progress(): void { /* nobody looks */ }
}
