import Add from '@mui/icons-material/Add';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Ref, VMRecord } from '../../../../../shared/api';
import { type Session, useList, useSession } from '../../../../api';
import type { Stage } from '../../../../parts/actions/action';
import { useScreen } from '../../../../parts/actions/stage';
import { WorkDialog } from '../../../../parts/actions/WorkDialog';
import { VMS } from '../../../../parts/lists';
import { useSaved } from '../../../../parts/saved';
import { EditableText } from '../../../../ui/EditableText';
import { focusOnAppear } from '../../../../ui/focus';
import { Property } from '../../../../ui/Properties';
import { WhyButton } from '../../../../ui/WhyButton';
import { setEntry } from '../vm-field';

/** Where XenCenter keeps them too. */
const PREFIX = 'XenCenter.CustomFields.';
const FIELD_MAX_CHARS = 255;
const fieldsOf = (vm: VMRecord | undefined): string[] => Object.keys(vm?.other_config ?? {}).filter(key => key.startsWith(PREFIX)).map(key => key.slice(PREFIX.length));

/** Fields of the administrator's own. One that any VM has is offered on each. */
export const CustomFields = ({ vm, of: ref, why }: { vm: VMRecord; of: Ref<'VM'>; why: string | undefined }) => {
  const session = useSession();
  const screen = useScreen();
  const saved = useSaved();
  const others = useList(VMS);
  const names = [...new Set([...fieldsOf(vm), ...others.flatMap(other => fieldsOf(session.records.get('VM', other)))])].sort((a, b) => a.localeCompare(b));
  return (
    <>
      {names.map(name => (
        <Property key={name} name={name}><EditableText label={name} value={vm.other_config[`${PREFIX}${name}`] ?? ''} why={why} maxChars={FIELD_MAX_CHARS} hint="Empty: the field goes from this VM."
          onSave={text => saved(setEntry(session, ref, 'other_config', `${PREFIX}${name}`, text === '' ? undefined : text))} /></Property>
      ))}
      <Property name="Custom fields"><WhyButton label="Add field" icon={Add} why={why} onClick={() => { showAddField(screen, session, ref, names); }} /></Property>
    </>
  );
};

const showAddField = (stage: Stage, session: Session, ref: Ref<'VM'>, taken: readonly string[]): void => {
  stage.show(close => <AddField session={session} of={ref} taken={taken} close={close} />);
};
const AddField = ({ session, of: ref, taken, close }: { session: Session; of: Ref<'VM'>; taken: readonly string[]; close: () => void }) => {
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [problems, setProblems] = useState<{ name?: string; value?: string }>({});
  const check = (): boolean => {
    const wrong = {
      ...(name.trim() === '' ? { name: 'Give the field a name.' } : taken.includes(name.trim()) ? { name: 'There is a field with this name.' } : {}),
      ...(value.trim() === '' && { value: 'A field without a value is not kept.' }),
    };
    setProblems(wrong);
    return Object.keys(wrong).length === 0;
  };
  return (
    <WorkDialog title="Add a custom field" verb="Add" failed="Could not add the field" session={session} width="xs" close={close} check={check}
      apply={() => setEntry(session, ref, 'other_config', `${PREFIX}${name.trim()}`, value.trim())}>
      <TextField required label="Name" value={name} inputRef={focusOnAppear} error={problems.name !== undefined} helperText={problems.name ?? 'Such as “Owner” or “Cost centre”'}
        onChange={event => { setName(event.target.value); }} slotProps={{ htmlInput: { maxLength: FIELD_MAX_CHARS } }} />
      <TextField required label="Value" value={value} error={problems.value !== undefined} helperText={problems.value} onChange={event => { setValue(event.target.value); }} slotProps={{ htmlInput: { maxLength: FIELD_MAX_CHARS } }} />
    </WorkDialog>
  );
};
