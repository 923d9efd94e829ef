import Shield from '@mui/icons-material/ShieldOutlined';
import { isNull, NULL_REF, type OnCrashBehaviour, type OnNormalExit, type Ref, type VMRecord } from '../../../../../shared/api';
import { useList, useSession, useSessionView } from '../../../../api';
import { useScreen } from '../../../../parts/actions/stage';
import { SRS } from '../../../../parts/lists';
import { useSaved } from '../../../../parts/saved';
import { whyNotMay } from '../../../../parts/session/may';
import { diskPlaces } from '../../../../parts/sr/places';
import { type Choice, EditableChoice } from '../../../../ui/EditableChoice';
import { EditableText } from '../../../../ui/EditableText';
import { Properties, Property } from '../../../../ui/Properties';
import { WhyButton } from '../../../../ui/WhyButton';
import { wholeNumber } from '../vm-field';
import { isOn } from './boot-choices';
import { setAutoStart } from './auto-start';
import { Group } from './Group';
import { showProtect } from './lifecycle-dialogs';

const YES_NO: readonly Choice[] = [{ value: 'true', text: 'yes' }, { value: 'false', text: 'no' }];
const NORMAL: readonly Choice[] = [{ value: 'destroy', text: 'stays off' }, { value: 'restart', text: 'starts again' }];
const CRASH: readonly Choice[] = [
  { value: 'restart', text: 'starts again' }, { value: 'destroy', text: 'stays off' }, { value: 'preserve', text: 'stays as it is, for a look' },
  { value: 'coredump_and_restart', text: 'its memory is kept, then it starts again' }, { value: 'coredump_and_destroy', text: 'its memory is kept, then it stays off' }, { value: 'rename_restart', text: 'kept under another name, and started again' },
];
const DELAY_MAX_S = 86_400;
const ORDER_MAX = 1_000_000;
const NUMBER_MAX_CHARS = 7;

/** When a VM starts by itself, in which order, what follows its end, and whether it may be deleted. */
export const Lifecycle = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const saved = useSaved();
  const why = whyNotMay(session, 'VM.set_name_label'), whyOrder = whyNotMay(session, 'VM.set_order'), whyGuard = whyNotMay(session, 'VM.add_to_blocked_operations');
  useList(SRS);
  const places: Choice[] = [{ value: NULL_REF, text: 'the usual storage' }, ...diskPlaces(session).map(place => ({ value: place.ref, text: place.sr.name_label || 'unnamed' }))];
  const seconds = (value: number): string => (value === 0 ? 'none' : `${value} s`);
  const reason = vm.blocked_operations['destroy'];
  return (
    <Properties title="Start, end and protection">
      <Property name="Starts with the host"><EditableChoice label="Starts with the host" value={String(isOn(vm.other_config['auto_poweron']))} choices={YES_NO} why={why}
        onSave={value => saved(setAutoStart(session, ref, value === 'true'))} /></Property>
      <Group vm={vm} of={ref} why={whyOrder} />
      <Property name="Start order"><EditableText label="Start order" value={String(vm.order)} why={whyOrder} maxChars={NUMBER_MAX_CHARS} hint="Lower numbers start first, and stop last." check={wholeNumber(0, ORDER_MAX)} onSave={text => saved(session.call('VM.set_order', ref, Number(text)))} /></Property>
      <Property name="Wait after its start"><EditableText label="Wait after its start" value={String(vm.start_delay)} shown={seconds(vm.start_delay)} why={whyOrder} maxChars={NUMBER_MAX_CHARS} hint="Seconds before the next in order starts." check={wholeNumber(0, DELAY_MAX_S)}
        onSave={text => saved(session.call('VM.set_start_delay', ref, Number(text)))} /></Property>
      <Property name="Wait after its end"><EditableText label="Wait after its end" value={String(vm.shutdown_delay)} shown={seconds(vm.shutdown_delay)} why={whyOrder} maxChars={NUMBER_MAX_CHARS} hint="Seconds before the next in order is shut down." check={wholeNumber(0, DELAY_MAX_S)}
        onSave={text => saved(session.call('VM.set_shutdown_delay', ref, Number(text)))} /></Property>
      <Property name="After shutdown"><EditableChoice label="After shutdown" value={vm.actions_after_shutdown} choices={NORMAL} why={why} onSave={value => saved(session.call('VM.set_actions_after_shutdown', ref, value as OnNormalExit))} /></Property>
      <Property name="After reboot"><EditableChoice label="After reboot" value={vm.actions_after_reboot} choices={NORMAL} why={why} onSave={value => saved(session.call('VM.set_actions_after_reboot', ref, value as OnNormalExit))} /></Property>
      <Property name="After a crash"><EditableChoice label="After a crash" value={vm.actions_after_crash} choices={CRASH} why={why} onSave={value => saved(session.call('VM.set_actions_after_crash', ref, value as OnCrashBehaviour))} /></Property>
      <Property name="Memory when suspended"><EditableChoice label="Memory when suspended" value={isNull(vm.suspend_SR) ? NULL_REF : vm.suspend_SR} choices={places} why={why} onSave={value => saved(session.call('VM.set_suspend_SR', ref, value as Ref<'SR'>))} /></Property>
      <Property name="Deleting">
        {reason === undefined ? <>allowed <WhyButton label="Protect…" icon={Shield} why={whyGuard} onClick={() => { showProtect(screen, session, ref); }} /></>
          : <>protected{/^(|true)$/.test(reason) ? '' : `: ${reason}`} <WhyButton label="Allow" ariaLabel="Allow deleting" why={whyGuard} onClick={() => { void saved(session.call('VM.remove_from_blocked_operations', ref, 'destroy')).then(wrong => { if (wrong !== undefined) screen.failed('Could not lift the protection', { kind: 'defect', message: wrong }, session); }); }} /></>}
      </Property>
    </Properties>
  );
};
