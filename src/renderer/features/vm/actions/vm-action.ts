import type { Ref, VMRecord } from '../../../../shared/api';
import { type OfferedVmOperation, VM_OPERATION_STATES } from '../../../../shared/rules/vm-operations';
import { type About, failureOf, type Session } from '../../../api';
import { couldNot, type Selection, type Stage, type Target } from '../../../parts/actions/action';
import { whyNotLive } from '../../../parts/session/liveness';
import { busyWord } from '../../../parts/vm/power';

/* What the actions on VMs have in common: the reason why not, and doing it to each of a selection. */

export interface VmTarget { target: Target; session: Session; ref: Ref<'VM'>; record: VMRecord }

/** From allowed_operations alone: the host decides, the table only words the reason. */
export const whyNotVm = (selection: Selection, operation: OfferedVmOperation): string | undefined => {
  if (selection.length === 0 || selection.some(({ cls }) => cls !== 'VM')) return 'Choose a VM first.';
  for (const { session, ref } of selection) {
    const view = session.view.get();
    const offline = whyNotLive(view.state, view.address);
    if (offline !== undefined) return offline;
    const record = session.records.get('VM', ref);
    if (!record) return 'This VM is gone.';
    if (!record.allowed_operations.includes(operation)) return reason(record, operation);
  }
  return undefined;
};

const reason = (vm: VMRecord, operation: OfferedVmOperation): string => {
  if (vm.blocked_operations[operation] !== undefined) return 'Someone has blocked this operation on the VM.';
  const busy = busyWord(vm);
  if (busy !== undefined) return `${busy}: wait until that has ended.`;
  if (vm.is_a_template) return 'Not possible with this template.';
  const states = VM_OPERATION_STATES[operation].map(state => state.toLowerCase());
  return `Only for a VM that is ${states.join(' or ')}.`;
};

export const vmsOf = (selection: Selection): VmTarget[] => selection.flatMap(target => {
  const record = target.cls === 'VM' ? target.session.records.get('VM', target.ref) : undefined;
  return record ? [{ target, session: target.session, ref: target.ref as Ref<'VM'>, record }] : [];
});

/** Does `work` to each VM at the same time and says of each how it went. */
export const eachVm = async (
  selection: Selection, stage: Stage, words: { verb: string; done: string },
  work: (vm: VmTarget, about: About) => Promise<unknown>,
): Promise<void> => {
  await Promise.all(vmsOf(selection).map(async vm => {
    const about: About = { verb: words.verb, subject: vm.record.name_label, subjectRef: vm.ref };
    try {
      await work(vm, about);
      stage.succeeded(`${words.done} “${vm.record.name_label}”`, vm.target);
    } catch (error) { stage.failed(couldNot(about), failureOf(error), vm.session); }
  }));
};
