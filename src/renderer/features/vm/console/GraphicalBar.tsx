import Paste from '@mui/icons-material/ContentPasteOutlined';
import Fullscreen from '@mui/icons-material/FullscreenOutlined';
import FullscreenExit from '@mui/icons-material/FullscreenExitOutlined';
import Keyboard from '@mui/icons-material/KeyboardOutlined';
import Camera from '@mui/icons-material/PhotoCameraOutlined';
import StopCircle from '@mui/icons-material/StopCircleOutlined';
import View from '@mui/icons-material/AspectRatioOutlined';
import { useEffect, useRef, useState } from 'react';
import { COMBINATIONS } from '../../../../shared/rules/keyboard';
import type { MenuEntry } from '../../../ui/ActionMenu';
import { saveFile } from '../../../ui/save-file';
import { copyPicture } from '../../../ui/clipboard';
import { MenuButton } from '../../../ui/MenuButton';
import { WhyButton } from '../../../ui/WhyButton';
import { combinationsOf } from './own-combinations';
import { type Recording, record } from './recorder';
import { FITS, type Graphical, type Look, QUALITIES } from './use-graphical';

interface Props {
  name: string;
  screen: Graphical;
  look: Look;
  full: boolean;
  keyRow: boolean;
  /** Combinations of the person's own, one a line. */
  own: string;
  onFit: (fit: string) => void;
  onQuality: (quality: string) => void;
  onKeyRow: (shown: boolean) => void;
  onViewOnly: (viewOnly: boolean) => void;
  onFull: () => void;
  onPress: (combination: string) => void;
  onDialog: (which: 'paste' | 'combinations') => void;
}

/** What can be done with a screen, above it. */
export const GraphicalBar = ({ name, screen, look, full, keyRow, own, onFit, onQuality, onKeyRow, onViewOnly, onFull, onPress, onDialog }: Props) => {
  const [recording, toggleRecording] = useRecording(screen, name);
  const away = screen.link.at === 'open' ? undefined : 'The console is not connected.';
  const why = away ?? (look.viewOnly ? 'This console is set to view only.' : undefined);
  const entry = (label: string, run: () => void, more: Partial<MenuEntry> = {}): MenuEntry => ({ id: label, label, why: undefined, run, ...more });
  const keys = (): readonly (readonly MenuEntry[])[] => [...[combinationsOf(own)].filter(({ length }) => length > 0), ...COMBINATIONS].map(group => group.map(each => entry(each, () => { onPress(each); }, { why })))
    .concat([[entry('Own combinations…', () => { onDialog('combinations'); }), entry('Keys to hold', () => { onKeyRow(!keyRow); }, { checked: keyRow })]]);
  const views = (): readonly (readonly MenuEntry[])[] => [
    Object.entries(FITS).map(([id, label]) => entry(label, () => { onFit(id); }, { checked: look.fit === id })),
    Object.entries(QUALITIES).map(([id, label]) => entry(`Quality: ${label.toLowerCase()}`, () => { onQuality(id); }, { checked: look.quality === id })),
    [entry('View only', () => { onViewOnly(!look.viewOnly); }, { checked: look.viewOnly })],
  ];
  const pictures = (): readonly (readonly MenuEntry[])[] => [
    [entry('Save picture…', () => { void screen.picture().then(png => { saveFile(`${name} ${stamp()}.png`, png); }); }, { why: away }), entry('Copy picture', () => { void screen.picture().then(copyPicture); }, { why: away })],
    [entry(recording ? 'Stop recording' : 'Record video', toggleRecording, { why: recording ? undefined : away })],
  ];
  return (
    <>
      {recording && <WhyButton label="Stop recording" icon={StopCircle} danger why={undefined} onClick={toggleRecording} />}
      <WhyButton label="Ctrl+Alt+Del" why={why} onClick={() => { onPress('Ctrl+Alt+Del'); }} />
      <WhyButton label="Paste text…" icon={Paste} iconOnly why={why} onClick={() => { onDialog('paste'); }} />
      <MenuButton label="Keys" icon={Keyboard} iconOnly groups={keys} />
      <MenuButton label="View" icon={View} iconOnly groups={views} />
      <MenuButton label="Pictures" icon={Camera} iconOnly groups={pictures} />
      <WhyButton label={full ? 'Leave full screen' : 'Full screen'} icon={full ? FullscreenExit : Fullscreen} iconOnly why={undefined} onClick={onFull} />
    </>
  );
};

/** A time that a file may have in its name. */
const stamp = (): string => new Date().toISOString().slice(0, 19).replaceAll(':', '-').replace('T', ' ');

/** A new connection has a new canvas: the video of the old one ends there and is offered. */
const useRecording = (screen: Graphical, name: string): [boolean, () => void] => {
  const running = useRef<Recording | undefined>(undefined);
  const [on, setOn] = useState(false);
  const open = screen.link.at === 'open';
  useEffect(() => () => { running.current?.stop(); }, [open]);
  const toggle = (): void => {
    const canvas = screen.canvas();
    if (running.current) running.current.stop();
    else if (canvas) {
      running.current = record(canvas, video => {
        running.current = undefined;
        setOn(false);
        if (video) saveFile(`${name} ${stamp()}.webm`, video);
      });
      setOn(true);
    }
  };
  return [on, toggle];
};
