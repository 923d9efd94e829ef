import Search from '@mui/icons-material/SearchOutlined';
import StopCircle from '@mui/icons-material/StopCircleOutlined';
import type { MenuEntry } from '../../../ui/ActionMenu';
import { MenuButton } from '../../../ui/MenuButton';
import { WhyButton } from '../../../ui/WhyButton';
import type { TextSettings } from './text-settings';

interface Props {
  away: string | undefined;
  settings: TextSettings;
  recording: boolean;
  onSearch: () => void;
  onSave: () => void;
  onRecord: () => void;
  onTellSize: () => void;
  onFont: () => void;
}

/** What can be done with a text console, above it. */
export const TextBar = ({ away, settings, recording, onSearch, onSave, onRecord, onTellSize, onFont }: Props) => {
  const { fontPx, copyOnSelect, keepSize, keepCopyOnSelect } = settings;
  const entry = (label: string, run: () => void, more: Partial<MenuEntry> = {}): MenuEntry => ({ id: label, label, why: undefined, run, ...more });
  const groups = (): readonly (readonly MenuEntry[])[] => [
    [entry('Larger letters', () => { keepSize(fontPx + 1); }), entry('Smaller letters', () => { keepSize(fontPx - 1); }), entry('Font…', onFont)],
    [entry('Copy what is selected', () => { keepCopyOnSelect(!copyOnSelect); }, { checked: copyOnSelect }), entry('Type the size into the shell', onTellSize, { why: away })],
    [entry('Save as text…', onSave), entry(recording ? 'Stop recording' : 'Record asciicast', onRecord, { why: recording ? undefined : away })],
  ];
  return (
    <>
      {recording && <WhyButton label="Stop recording" icon={StopCircle} danger why={undefined} onClick={onRecord} />}
      <WhyButton label="Find" hint="Find (Ctrl+Shift+F)" icon={Search} iconOnly why={undefined} onClick={onSearch} />
      <MenuButton label="More for the text console" groups={groups} />
    </>
  );
};
