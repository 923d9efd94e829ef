import { NAME_MAX_CHARS } from '../../shared/lib/limits';
import { EditableText } from '../ui/EditableText';
import { Property } from '../ui/Properties';
import { useSaved } from './saved';

interface Props {
  record: { name_label: string; name_description: string };
  /** Why it cannot be renamed now. */
  why: string | undefined;
  setName: (text: string) => Promise<unknown>
  setDescription: (text: string) => Promise<unknown>
}

/** Name and description of any object, edited in place. */
export const Naming = ({ record, why, setName, setDescription }: Props) => {
  const saved = useSaved();
  return (
    <>
      <Property name="Name"><EditableText label="Name" required value={record.name_label} why={why} maxChars={NAME_MAX_CHARS} onSave={text => saved(setName(text))} /></Property>
      <Property name="Description"><EditableText label="Description" value={record.name_description} why={why} maxChars={NAME_MAX_CHARS}
        onSave={text => saved(setDescription(text))} /></Property>
    </>
  );
};
