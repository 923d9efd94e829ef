import type { Ref, VmOperations, VMRecord, VmPowerState } from '../../../../shared/api';
import { VM_OPERATION_STATES } from '../../../../shared/rules/vm-operations';
import { type About, CallFailed, type Session } from '../../../api';
import type { Selection, Stage, Target } from '../../../parts/actions/action';
import { runBulk } from '../../../parts/actions/BulkDialog';
import { whyOffline } from '../../../parts/actions/offered';
import { outcome } from '../../../parts/actions/outcome';
import { freeName } from '../../../parts/free-name';
import { type Permission, whyNotMay } from '../../../parts/session/may';
import { busyWord } from '../../../parts/vm/power';
import { listText } from '../../../ui/text';

/* What the actions on VMs have in common: the reason why not, and doing it to each of a selection. */

export interface VmTarget { target: Target; session: Session; ref: Ref<'VM'>; record: VMRecord }

/** What an operation needs, for words only. One that our own host does not offer yet is not in the table: foreign hosts may. */
const STATES: Readonly<Partial<Record<VmOperations, readonly VmPowerState[]>>> = VM_OPERATION_STATES;

/** Whose permission an operation needs. */
const PERMISSION_OF: Readonly<Partial<Record<VmOperations, Permission>>> = {
  start: 'VM.start', start_on: 'VM.start_on', clean_shutdown: 'VM.clean_shutdown', hard_shutdown: 'VM.hard_shutdown', clean_reboot: 'VM.clean_reboot', hard_reboot: 'VM.hard_reboot', suspend: 'VM.suspend', resume: 'VM.resume', pause: 'VM.pause', unpause: 'VM.unpause',
  clone: 'VM.clone', copy: 'VM.copy', provision: 'VM.provision', destroy: 'VM.destroy', make_into_template: 'VM.set_is_a_template', snapshot: 'VM.snapshot', checkpoint: 'VM.checkpoint', revert: 'VM.revert', pool_migrate: 'VM.pool_migrate', export: 'http/get_export',
  changing_VCPUs: 'VM.set_VCPUs_max', changing_VCPUs_live: 'VM.set_VCPUs_number_live', changing_memory_limits: 'VM.set_memory_limits', changing_dynamic_range: 'VM.set_memory_dynamic_range', create_vtpm: 'VTPM.create',
};

/** From the role and allowed_operations alone: the host decides, the table only words the reason. */
export const whyNotVm = (selection: Selection, operation: VmOperations): string | undefined => {
  if (selection.length === 0 || selection.some(({ cls }) => cls !== 'VM')) return 'Choose a VM first.';
  for (const { session, ref } of selection) {
    const why = whyNotRecord(session, session.records.get('VM', ref), operation);
    if (why !== undefined) return why;
  }
  return undefined;
};

export const whyNotRecord = (session: Session, vm: VMRecord | undefined, operation: VmOperations): string | undefined => {
  const permission = PERMISSION_OF[operation];
  const mayNot = permission === undefined ? whyOffline(session) : whyNotMay(session, permission);
  if (mayNot !== undefined) return mayNot;
  if (!vm) return 'This VM is gone.';
  return vm.allowed_operations.includes(operation) ? undefined : reason(vm, operation);
};

const reason = (vm: VMRecord, operation: VmOperations): string => {
  const blocked = vm.blocked_operations[operation];
  if (blocked !== undefined) return operation === 'destroy' ? `Protected from deletion${/^(|true)$/.test(blocked) ? '' : `: ${blocked}`}.` : blocked.includes(' ') ? blocked : 'Someone has blocked this operation on the VM.';
  const busy = busyWord(vm);
  if (busy !== undefined) return `${busy}: wait until that has ended.`;
  if (vm.is_a_snapshot) return 'Not possible with this snapshot.';
  if (vm.is_a_template) return 'Not possible with this template.';
  const states = STATES[operation];
  if (states && !states.includes(vm.power_state)) return `Only for a VM that is ${states.map(state => state.toLowerCase()).join(' or ')}.`;
  return 'The host does not offer this for the VM now.';
};

export const vmsOf = (selection: Selection): VmTarget[] => selection.flatMap(target => {
  const record = target.cls === 'VM' ? target.session.records.get('VM', target.ref) : undefined;
  return record ? [{ target, session: target.session, ref: target.ref as Ref<'VM'>, record }] : [];
});

/** Does `work` to each VM and says of each how it went; of many in a dialog, so many at once. */
export const eachVm = async (
  selection: Selection, stage: Stage, words: { verb: string; done: string },
  work: (vm: VmTarget, about: About) => Promise<unknown>,
): Promise<void> => {
  const vms = vmsOf(selection), [only, second] = vms, aboutOf = (vm: VmTarget): About => ({ verb: words.verb, subject: vm.record.name_label, subjectRef: vm.ref });
  if (only && !second) { await outcome(stage, only.session, aboutOf(only), words.done, () => work(only, aboutOf(only)), only.target); return; }
  await runBulk(stage, { title: `${words.verb.charAt(0).toUpperCase()}${words.verb.slice(1)}`, ...words }, vms.map(({ target, record }) => ({ target, name: record.name_label })), async target => {
    const [vm] = vmsOf([target]);
    if (!vm) throw new CallFailed({ kind: 'refused', code: 'HANDLE_INVALID', params: ['VM', target.ref] });
    await work(vm, aboutOf(vm));
  });
};

/** `“mail” and “web”`. */
export const namesOf = (selection: Selection): string => listText(vmsOf(selection).map(({ record }) => `“${record.name_label}”`));

/** A name that no VM of `session` has. */
export const freeVmName = (session: Session, base: string): string =>
  freeName(base, new Set([...session.records.all('VM').values()].map(vm => vm.name_label)), false);
