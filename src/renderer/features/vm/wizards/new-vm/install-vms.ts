import type { Ref } from '../../../../../shared/api';
import { type Failure, failureOf, type Session } from '../../../../api';
import { answerOf, runPlugin } from '../../../../parts/host/plugin';
import type { NewVm, TemplateFacts } from './new-vm';
import { argumentsOf, namesOf, readAnswer } from './wish';

/* One call for each VM, one after the other. Each is whole or not there: the host takes back what it could not finish. */

export interface Made { name: string; ref: Ref<'VM'>; mode: string }
export interface NotMade { name: string; failure: Failure }
export type Result = Made | NotMade;
export const wasMade = (result: Result): result is Made => 'ref' in result;

export const installVms = async (session: Session, value: NewVm, facts: TemplateFacts, signal: AbortSignal, onName: (name: string, done: number, count: number) => void): Promise<Result[]> => {
  const names = namesOf(value), results: Result[] = [];
  for (const [i, name] of names.entries()) {
    if (signal.aborted) { results.push({ name, failure: { kind: 'aborted' } }); continue; }
    onName(name, i, names.length);
    try { results.push(await installOne(session, value, facts, name, signal)); } catch (error) { results.push({ name, failure: failureOf(error) }); }
  }
  return results;
};

const installOne = async (session: Session, value: NewVm, facts: TemplateFacts, name: string, signal: AbortSignal): Promise<Made> => {
  const { task } = await runPlugin(session, { verb: 'create', subject: name }, signal, 'vm_install', argumentsOf(session, value, facts, name));
  const { vm, mode } = readAnswer(answerOf(task.result));
  return { name, mode, ref: await session.call('VM.get_by_uuid', vm) };
};
