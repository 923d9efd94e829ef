/* The common forms of verbs: something is done to VMs, to one object of another class, or something new is made. */
import type { ClassName, Ref } from '../shared/api';
import { ApiError } from '../shared/api';
import { waitForTask } from '../client';
import { callByName } from './fields';
import { assertKind, neededRef, type Sought } from './pick';
import { finish } from './task';
import { CannotError, print, UsageError, type Context, type Flag, type Parameter, type Verb } from './verb';
import { VM_PARAMETERS, vmsOf } from './vms';
import { inWords } from './words';

interface Form {
  name: string;
  summary: string;
  /** What a person reads while it lasts. */
  title: string;
  parameters?: readonly Parameter[];
  flags?: readonly Flag[];
  /** The task answers a new object of this class: its uuid is printed. */
  makes?: ClassName;
}
type Call<C extends ClassName> = (context: Context, ref: Ref<C>) => Promise<Ref<'task'>>;

/** On the VMs that are meant, all at the same time. */
export const onVms = ({ name, summary, title, parameters = [], flags = [], makes, call }: Form & { call: Call<'VM'> }): Verb => ({
  name, summary, parameters: [...VM_PARAMETERS, ...parameters], flags: [...flags, 'multiple'], filters: true,
  run: async context => {
    const [vm, ...more] = await vmsOf(context, parameters);
    if (vm !== undefined && more.length === 0) { await printMade(context, makes, await finish(context, title, await call(context, vm))); return; }
    await onEach(context, [...vm === undefined ? [] : [vm], ...more], async each => { await printMade(context, makes, await waitForTask(context.client, await call(context, each))); });
  },
});

/** Whatever fails for one does not keep the others from it. */
const onEach = async ({ client, terminal }: Context, vms: readonly Ref<'VM'>[], work: (vm: Ref<'VM'>) => Promise<void>): Promise<void> => {
  const failed = (await Promise.all(vms.map(async vm => {
    try { await work(vm); return []; } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return [`${await client.call('VM.get_name_label', vm)}: ${inWords(error.code, error.params)}`];
    }
  }))).flat();
  for (const line of failed) print(terminal.stderr, `xe: ${line}`);
  if (failed.length > 0) throw new CannotError(`${failed.length} of ${vms.length} failed`);
};

/** @param what a class, or one kind of its objects: then nothing else of the class is taken for it @param by other names of `uuid=`, as XenServer has them */
export const onOne = <C extends ClassName>(what: C | Sought<C>, { name, summary, title, parameters = [], flags = [], makes, call, by = [] }: Form & { call: Call<C>; by?: readonly string[] }): Verb => ({
  name, summary, flags, parameters: [...['uuid', ...by].map((each): Parameter => ({ name: each, about: each === 'uuid' ? `the uuid of the ${wordsOf(what)}` : 'the same' })), ...parameters],
  run: async context => {
    const given = ['uuid', ...by].filter(each => context.values.has(each)), [one, another] = given;
    if (one === undefined || another !== undefined) throw new UsageError(`which ${wordsOf(what)}? Give ${['uuid', ...by].map(each => `${each}=`).join(' or ')}`);
    await printMade(context, makes, await finish(context, title, await call(context, await theOne(context, what, one))));
  },
});

const wordsOf = (what: string | { words: string }): string => (typeof what === 'string' ? what : what.words);
export const theOne = async <C extends ClassName>(context: Context, what: C | Sought<C>, parameter: string): Promise<Ref<C>> => {
  const ref = await neededRef(context, what, parameter);
  return typeof what === 'string' ? ref : assertKind(context.client, what, ref);
};

export const making = ({ name, summary, title, parameters = [], flags = [], makes, call }: Form & { call: (context: Context) => Promise<Ref<'task'>> }): Verb => ({
  name, summary, parameters, flags,
  run: async context => { await printMade(context, makes, await finish(context, title, await call(context))); },
});

const printMade = async ({ client, terminal: { stdout } }: Context, makes: ClassName | undefined, result: string): Promise<void> => {
  if (makes !== undefined) print(stdout, String(await callByName(client, `${makes}.get_uuid`, result)));
};
