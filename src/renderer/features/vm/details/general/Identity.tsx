import type { Ref, VMRecord } from '../../../../../shared/api';
import { useList, useSession, useSessionView } from '../../../../api';
import { VMS } from '../../../../parts/lists';
import { Naming } from '../../../../parts/Naming';
import { useSaved } from '../../../../parts/saved';
import { whyNotMay } from '../../../../parts/session/may';
import { CopyButton } from '../../../../ui/CopyButton';
import { EditableText } from '../../../../ui/EditableText';
import { Properties, Property } from '../../../../ui/Properties';
import { Tags } from '../../../../ui/Tags';
import { setEntry } from '../vm-field';
import { CustomFields } from './CustomFields';

const FOLDER_MAX_CHARS = 1_024;
/** `/Production/Web`; empty: in no folder. */
export const folderProblem = (text: string): string | undefined =>
  (text === '' || /^(\/[^/]+)+$/.test(text) ? undefined : 'A path such as /Production/Web, or nothing.');

/** How a VM is called and found. */
export const Identity = ({ vm, of: ref }: { vm: VMRecord; of: Ref<'VM'> }) => {
  const session = useSession();
  useSessionView();
  const saved = useSaved();
  const why = whyNotMay(session, 'VM.set_name_label');
  const others = useList(VMS);
  const known = [...new Set(others.flatMap(other => session.records.get('VM', other)?.tags ?? []))].sort((a, b) => a.localeCompare(b));
  return (
    <Properties title="Virtual machine">
      <Naming record={vm} why={why} setName={text => session.call('VM.set_name_label', ref, text)} setDescription={text => session.call('VM.set_name_description', ref, text)} />
      <Property name="Tags"><Tags tags={vm.tags} known={known} why={whyNotMay(session, 'VM.add_tags')} onAdd={tag => saved(session.call('VM.add_tags', ref, tag))} onRemove={tag => saved(session.call('VM.remove_tags', ref, tag))} /></Property>
      <Property name="Folder"><EditableText label="Folder" value={vm.other_config['folder'] ?? ''} why={whyNotMay(session, 'VM.add_to_other_config/key:folder')} maxChars={FOLDER_MAX_CHARS} hint="/Production/Web" check={folderProblem}
        onSave={text => saved(setEntry(session, ref, 'other_config', 'folder', text === '' ? undefined : text))} /></Property>
      <CustomFields vm={vm} of={ref} why={whyNotMay(session, 'VM.add_to_other_config/key:xencenter.customfields.*')} />
      <Property name="Identifier"><code>{vm.uuid}</code><CopyButton text={vm.uuid} what="identifier" /></Property>
    </Properties>
  );
};
