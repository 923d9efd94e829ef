import type { Ref, VMRecord } from '../../../../../shared/api';
import { type About, type Found, type Session, useRecords, useSession, useSessionView } from '../../../../api';
import { confirm } from '../../../../parts/actions/confirm';
import { whyNotOffered } from '../../../../parts/actions/offered';
import { outcome } from '../../../../parts/actions/outcome';
import { useScreen } from '../../../../parts/actions/stage';
import { useSaved } from '../../../../parts/saved';
import { whyNotMay } from '../../../../parts/session/may';
import { type Choice, EditableChoice } from '../../../../ui/EditableChoice';
import { EditableText } from '../../../../ui/EditableText';
import { Properties, Property } from '../../../../ui/Properties';
import { whyNotRecord } from '../../actions/vm-action';
import { setEntry, whyNotOff } from '../vm-field';
import { BOOT_ORDERS, FIRMWARES, GRAPHICS, GUESTS, isOn, videoMemoryOf } from './boot-choices';

const ARGS_MAX_CHARS = 2_048;
const YES_NO: readonly Choice[] = [{ value: 'true', text: 'yes' }, { value: 'false', text: 'no' }];

/** What a VM boots with and on what it shows itself. */
export const Boot = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const session = useSession();
  const screen = useScreen();
  useSessionView();
  const saved = useSaved();
  const off = whyNotOff(session, vm);
  const why = whyNotMay(session, 'VM.add_to_HVM_boot_params');
  const [tpm] = useRecords('VTPM', vm.VTPMs);
  const about = (verb: string): About => ({ verb, subject: vm.name_label, subjectRef: ref });
  const byKernel = vm.HVM_boot_policy === '' && vm.PV_kernel !== '';
  const platform = (key: string) => (value: string) => saved(setEntry(session, ref, 'platform', key, value));
  const video = videoMemoryOf(vm.platform['vga']);
  const uefi = vm.HVM_boot_params['firmware'] === 'uefi';
  const noUefi = off ?? (uefi ? undefined : 'Only with UEFI firmware.');
  return (
    <Properties title="Boot and hardware">
      {byKernel ? (
        <>
          <Property name="Boot">kernel <code>{vm.PV_kernel}</code></Property>
          <Property name="Boot arguments"><EditableText label="Boot arguments" value={vm.PV_args} why={why} maxChars={ARGS_MAX_CHARS} onSave={text => saved(session.call('VM.set_PV_args', ref, text))} /></Property>
        </>
      ) : (
        <>
          <Property name="Boot order"><EditableChoice label="Boot order" value={vm.HVM_boot_params['order'] ?? 'cd'} choices={BOOT_ORDERS} why={why}
            onSave={value => saved(setEntry(session, ref, 'HVM_boot_params', 'order', value))} /></Property>
          <Property name="Firmware"><EditableChoice label="Firmware" value={uefi ? 'uefi' : 'bios'} choices={FIRMWARES} why={off} onSave={value => saved(setFirmware(value))} /></Property>
          <Property name="Secure boot"><EditableChoice label="Secure boot" value={String(uefi && isOn(vm.platform['secureboot']))} choices={YES_NO} why={noUefi} onSave={platform('secureboot')} /></Property>
        </>
      )}
      {!byKernel && <Property name="Guest"><EditableChoice label="Guest" value={String(isOn(vm.platform['viridian']))} choices={GUESTS} why={off} onSave={platform('viridian')} /></Property>}
      <Property name="TPM 2.0"><EditableChoice label="TPM 2.0" value={String(tpm !== undefined)} choices={YES_NO} why={whyNotTpm(session, vm, tpm)} onSave={value => saved(value === 'true' ? session.run(about('add a TPM to'), undefined, 'Async.VTPM.create', ref, false) : removeTpm())} /></Property>
      <Property name="Graphics card"><EditableChoice label="Graphics card" value={vm.platform['vga'] ?? 'std'} choices={GRAPHICS} why={off} onSave={platform('vga')} /></Property>
      <Property name="Video memory"><EditableChoice label="Video memory" value={vm.platform['videoram'] ?? video.usual} choices={video.choices} why={off} onSave={platform('videoram')} /></Property>
    </Properties>
  );

  /** What the system in the VM has sealed with it cannot be opened again: it is asked first. */
  function removeTpm(): Promise<unknown> {
    if (tpm) {
      confirm(screen, {
        title: `Remove the TPM of “${vm.name_label}”?`, verb: 'Remove', warning: 'The keys in it are gone for good: a disk that was encrypted with them needs its recovery key.',
        apply: () => outcome(screen, session, about('remove the TPM of'), 'Removed the TPM of', () => session.run(about('remove the TPM of'), undefined, 'Async.VTPM.destroy', tpm.ref as Ref<'VTPM'>)),
      });
    }
    return Promise.resolve();
  }

  /** Secure boot goes with UEFI: left behind it would count again unasked. */
  async function setFirmware(value: string): Promise<void> {
    if (value === 'bios') await setEntry(session, ref, 'platform', 'secureboot', undefined);
    await setEntry(session, ref, 'HVM_boot_params', 'firmware', value);
  }
};

const whyNotTpm = (session: Session, vm: VMRecord, tpm: Found<'VTPM'> | undefined): string | undefined =>
  (tpm ? whyNotOffered(session, tpm.record, 'destroy', 'Only while the VM is off.', 'VTPM.destroy') : whyNotRecord(session, vm, 'create_vtpm') && (whyNotOff(session, vm) ?? whyNotRecord(session, vm, 'create_vtpm')));
