import type { Failure, Session } from '../../api';
import { HOST_ERRORS } from './host-errors';
import { NETWORK_ERRORS } from './network-errors';
import { silenceOf } from './silence';
import { SNAPSHOT_ERRORS } from './snapshot-errors';
import { STORAGE_ERRORS } from './storage-errors';
import { TRANSFER_ERRORS } from './transfer-errors';
import { VM_ERRORS } from './vm-errors';
import type { Explain, Look, Words } from './words';

export const KNOWN_ERRORS: Readonly<Record<string, Explain>> = { ...HOST_ERRORS, ...VM_ERRORS, ...STORAGE_ERRORS, ...NETWORK_ERRORS, ...SNAPSHOT_ERRORS, ...TRANSFER_ERRORS };

/** Why something did not happen, in plain words. An unknown code is shown as it is. */
export const explain = (failure: Failure, look: Look = () => undefined): Words => {
  switch (failure.kind) {
    case 'refused': return explainRefusal(failure.code, failure.params, look);
    case 'silent': {
      const { what, look: hint } = silenceOf(failure.reason);
      return { title: what, detail: 'It is not known whether it was done.', next: `${hint} Then look at the state in the tree.` };
    }
    case 'unreachable': {
      const { what, look: hint } = silenceOf(failure.reason);
      return { title: 'The host cannot be reached', detail: `${what}.`, next: hint };
    }
    case 'outcome-unknown': return { title: 'How this ended is not known', detail: 'The host was restarted, or someone cleared the task away, before it told the outcome.', next: 'Look at the state in the tree.' };
    case 'half-made': {
      const [cause, undo] = [explain(failure.cause, look), explain(failure.undo, look)];
      return { title: cause.title, detail: `${cause.detail} Besides, what was made of “${failure.name}” by then could not be removed: ${undo.title}.`, next: `Delete “${failure.name}” by hand. ${cause.next}` };
    }
    case 'file': return { title: 'The file cannot be used', detail: fileWords(failure.reason), next: 'Put that right, or choose another file.' };
    case 'aborted': return { title: 'Cancelled', detail: 'It was stopped before its end; what was half made is gone again.', next: 'Start it again if you need it.' };
    case 'defect': return { title: 'This program made a mistake', detail: capitalised(failure.message), next: 'Try again. If it happens again, copy the details for the support.' };
  }
};

const explainRefusal = (code: string, params: readonly string[], look: Look): Words => {
  // Storage back ends append their own number: SR_BACKEND_FAILURE_46.
  const known = KNOWN_ERRORS[code] ?? KNOWN_ERRORS[code.replace(/_\d+$/, '')];
  if (known) return known(params, look);
  return {
    title: 'The host said no',
    detail: `Its reason is one that this program has no words for: ${[code, ...params].join(', ')}`,
    next: 'The code usually tells what it is about. Copy the details if you ask somebody.',
  };
};

/** The facts as they came, for a support request. */
export const detailsText = (what: string, failure: Failure): string => {
  return `${what}\n${factsText(failure)}\n`;
};
const factsText = (failure: Failure): string => {
  switch (failure.kind) {
    case 'refused': return [failure.code, ...failure.params].join('\n  ');
    case 'silent': case 'unreachable': return `no answer: ${failure.reason}`;
    case 'defect': return failure.message;
    case 'half-made': return `${factsText(failure.cause)}\nleft behind: ${failure.name}\n${factsText(failure.undo)}`;
    case 'outcome-unknown': return `outcome unknown: ${failure.method}`;
    case 'file': return `file: ${failure.reason}`;
    case 'aborted': return 'cancelled';
  }
};

/** Names by reference or uuid, from the records of a session. */
export const lookIn = (session: Session | undefined): Look => id => {
  const found = session?.records.find(id);
  return found && 'name_label' in found.record && found.record.name_label !== '' ? found.record.name_label : undefined;
};

const fileWords = (reason: string): string => {
  switch (reason) {
    case 'changed': return 'It has changed since it was chosen.';
    case 'ENOENT': return 'It is not there any more.';
    case 'empty': return 'It is empty.';
    case 'EACCES': case 'EPERM': case 'EROFS': return 'You may not read or write there.';
    case 'ENOSPC': case 'EDQUOT': return 'The disk of this computer is full.';
    case 'not-chosen': return 'It was chosen too long ago, or is on its way already.';
    default: return `This computer cannot read or write it (${reason}).`;
  }
};

const capitalised = (text: string): string => (text === '' ? 'No reason was given.' : text.charAt(0).toUpperCase() + text.slice(1));
