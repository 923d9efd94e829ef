/* A host that answers calls as ours does: tasks, allowed_operations, patches. In memory, for tests of the renderer. */
import type { Changed, ClassName, Gone, Records, Ref, VmOperations, VmPowerState } from '../../src/shared/api';
import type { Reply } from '../../src/shared/ipc';
import { deviceAnswers } from './demo-devices';
import { asChanges, demoRecords, put, putVm, recordOf, refOf, withAllowed, type World } from './demo-records';

type Said = { code: string; params: string[] };
class No extends Error { readonly said: Said; constructor(code: string, ...params: string[]) { super(code); this.said = { code, params }; } }
const POWER: Readonly<Record<string, VmPowerState>> = { start: 'Running', clean_shutdown: 'Halted', hard_shutdown: 'Halted', pause: 'Paused', unpause: 'Running', clean_reboot: 'Running', hard_reboot: 'Running' };

export class DemoHost {
  readonly world: World;
  /** What was called, in order, without tasks' housekeeping. */
  readonly calls: { method: string; args: readonly unknown[] }[] = [];
  /** Methods that are refused from now on. */
  readonly refused = new Map<string, [string, ...string[]]>();
  /** Methods whose task stays pending until `finish` is called. */
  readonly held = new Set<string>();
  /** Methods with an answer of their own; a test may put more. */
  readonly answers = deviceAnswers(this);
  silent: string | undefined;
  onChange: (changed: Changed[], gone: Gone[]) => void = () => undefined;
  #held: (() => void)[] = [];
  #lastTask = 0;

  constructor(world: World = demoRecords()) { this.world = world; }

  call(method: string, args: readonly unknown[]): Reply<unknown> {
    if (this.silent !== undefined) return { ok: false, kind: 'silent', reason: this.silent };
    if (!/^task\.(destroy|cancel)/.test(method)) this.calls.push({ method, args });
    try { return { ok: true, value: method.startsWith('Async.') ? this.#task(method, args) : this.#do(method, args) }; } catch (error) {
      if (!(error instanceof No)) throw error;
      return { ok: false, kind: 'refused', ...error.said };
    }
  }

  /** Lets the tasks that were held go on. */
  finish(): void { const held = this.#held; this.#held = []; for (const go of held) go(); }

  change<C extends ClassName>(cls: C, ref: string, fields: Partial<Records[C]>): void {
    const known = this.world.get(ref);
    if (!known) throw new No('HANDLE_INVALID', cls, ref);
    const record = { ...known.record, ...fields } as Records[ClassName];
    this.world.set(ref, { cls, record: cls === 'VM' ? withAllowed(record as Records['VM']) : record });
    this.#tell([ref]);
  }
  remove(cls: ClassName, ref: string): void { if (this.world.delete(ref)) this.onChange([], [{ cls, ref }]); }

  #task(method: string, args: readonly unknown[]): Ref<'task'> {
    const ref = put(this.world, 'task', `task ${++this.#lastTask}`, { name_label: method, status: 'pending', created: '20260301T09:00:00Z', allowed_operations: ['cancel'] });
    this.#tell([ref]);
    const vm = String(args[0]);
    const operation = method.replace('Async.VM.', '') as VmOperations;
    const isVm = this.world.get(vm)?.cls === 'VM' && method.startsWith('Async.VM.');
    if (isVm) this.change('VM', vm, { current_operations: { [ref]: operation } });
    const go = (): void => {
      if (isVm && this.world.has(vm)) this.change('VM', vm, { current_operations: {} });
      if ((this.world.get(ref)?.record as Records['task'] | undefined)?.status === 'cancelled') return;
      try {
        const value = this.#do(method.replace('Async.', ''), args);
        this.change('task', ref, { status: 'success', progress: 1, result: typeof value === 'string' ? `<value>${value}</value>` : '<value></value>', allowed_operations: [] });
      } catch (error) {
        if (!(error instanceof No)) throw error;
        this.change('task', ref, { status: 'failure', error_info: [error.said.code, ...error.said.params], allowed_operations: [] });
      }
    };
    if (this.held.has(method)) this.#held.push(go); else setTimeout(go, 0);
    return ref;
  }

  #do(method: string, args: readonly unknown[]): unknown {
    const refusal = this.refused.get(method);
    if (refusal) throw new No(...refusal);
    const [cls = '', name = ''] = method.split('.');
    const [ref = '', second] = args as [string, unknown];
    if (method === 'task.cancel') { this.change('task', ref, { status: 'cancelled', error_info: ['TASK_CANCELLED', ref], allowed_operations: [] }); return ''; }
    if (method === 'SR.scan') return '';
    const answer = this.answers.get(method);
    if (answer) return answer(args);
    const known = this.world.get(ref);
    if (!known) throw new No('HANDLE_INVALID', cls, ref);
    if (name === 'get_record') return known.record;
    if (name.startsWith('get_')) return (known.record as unknown as Record<string, unknown>)[name.slice(4)];
    if (name === 'destroy') return this.#destroy(cls as ClassName, ref);
    if (method === 'VM.clone') return this.#clone(ref, String(second));
    if (method === 'VM.provision') { this.change('VM', ref, { is_a_template: false }); return ''; }
    if (method === 'VM.set_memory_limits') { const [, staticMin, staticMax, dynamicMin, dynamicMax] = args as [string, number, number, number, number]; this.change('VM', ref, { memory_static_min: staticMin, memory_static_max: staticMax, memory_dynamic_min: dynamicMin, memory_dynamic_max: dynamicMax }); return ''; }
    if (method === 'VDI.resize') { this.change('VDI', ref, { virtual_size: Number(second) }); return ''; }
    if (name.startsWith('set_')) { this.#set(cls as ClassName, ref, name.slice(4), second); return ''; }
    const to = cls === 'VM' ? POWER[name] : undefined;
    if (to === undefined) throw new No('MESSAGE_METHOD_UNKNOWN', method);
    this.#power(ref, to);
    return '';
  }

  #set(cls: ClassName, ref: string, field: string, value: unknown): void {
    if (field === 'VCPUs_max' && Number(value) < (this.world.get(ref)?.record as Records['VM']).VCPUs_at_startup) throw new No('INVALID_VALUE', 'VCPUs_max', String(value));
    if (field === 'VCPUs_at_startup' && Number(value) > (this.world.get(ref)?.record as Records['VM']).VCPUs_max) throw new No('INVALID_VALUE', 'VCPUs_at_startup', String(value));
    this.change(cls, ref, { [field]: value });
  }

  #power(ref: string, to: VmPowerState): void {
    const on = to !== 'Halted';
    const vm = this.world.get(ref)?.record as Records['VM'];
    const consoles = on ? (['rfb', 'vt100'] as const).map(protocol => put(this.world, 'console', `${ref} ${protocol}`, { protocol, VM: ref as Ref<'VM'> })) : [];
    this.#tell(consoles);
    for (const gone of on ? [] : vm.consoles) this.remove('console', gone);
    this.change('VM', ref, { power_state: to, consoles, resident_on: refOf('host', on ? 'host' : 'NULL') });
  }

  #clone(ref: string, name: string): string {
    const before = new Set(this.world.keys());
    const { uuid: _uuid, VBDs: _vbds, VIFs: _vifs, consoles: _consoles, metrics: _metrics, ...rest } = this.world.get(ref)?.record as Records['VM'];
    const vm = putVm(this.world, name, { ...rest, name_label: name, is_default_template: false, current_operations: {} });
    this.#tell([...this.world.keys()].filter(key => !before.has(key)));
    return vm;
  }

  #destroy(cls: ClassName, ref: string): string {
    const { record } = this.world.get(ref) ?? { record: recordOf('VM', {}) };
    if (cls === 'VM') {
      const { VBDs, VIFs, consoles, metrics } = record as Records['VM'];
      for (const part of [...VBDs, ...VIFs, ...consoles, metrics]) this.remove(this.world.get(part)?.cls ?? 'VBD', part);
    }
    this.remove(cls, ref);
    return '';
  }

  #tell(refs: readonly string[]): void {
    const some = new Map(refs.flatMap(ref => { const known = this.world.get(ref); return known ? [[ref, known] as const] : []; }));
    this.onChange(asChanges(some), []);
  }
}
