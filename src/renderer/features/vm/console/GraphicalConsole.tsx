import Box from '@mui/material/Box';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Modifier, MODIFIERS, movesOfCombination } from '../../../../shared/rules/keyboard';
import { useNow } from '../../../api';
import { copyText } from '../../../ui/clipboard';
import { useKept } from '../../../ui/kept';
import { agoText } from '../../../ui/text';
import { CombinationsDialog } from './CombinationsDialog';
import { ConsolePane } from './ConsolePane';
import { GraphicalBar } from './GraphicalBar';
import { HeldKeys } from './held-keys';
import { KeyRow } from './KeyRow';
import { PasteDialog } from './PasteDialog';
import { useFullScreen } from './use-full-screen';
import { OWN_COMBINATIONS } from './own-combinations';
import { type Fit, FITS, type LastPicture, type Quality, QUALITIES, useGraphical } from './use-graphical';

/** The screen of a VM. */
const GraphicalConsole = ({ consoleRef, name }: { consoleRef: string; name: string }) => {
  const [fit, keepFit] = useKept<string>('console.fit', 'fit');
  const [quality, keepQuality] = useKept<string>('console.quality', 'auto');
  const [keyRow, keepKeyRow] = useKept<boolean>('console.keys', false);
  const [own, keepOwn] = useKept<string>(OWN_COMBINATIONS, '');
  const [viewOnly, setViewOnly] = useState(false);
  const [dialog, setDialog] = useState<'paste' | 'combinations' | undefined>(undefined);
  const [heldBelow, setHeldBelow] = useState<readonly Modifier[]>([]);
  const [copied, setCopied] = useState(false);
  const held = useRef(new HeldKeys());
  const [full, toggleFull] = useFullScreen();
  const look = { fit: isFit(fit) ? fit : 'fit', quality: isQuality(quality) ? quality : 'auto', viewOnly };
  const screen = useGraphical(consoleRef, look, text => { void copyText(text).then(setCopied); });
  const { box, send, focus, link } = screen;

  const letGo = useCallback(() => {
    send(held.current.letGo());
    setHeldBelow(now => { send(now.map(name => ({ ...MODIFIERS[name], down: false }))); return []; });
  }, [send]);
  useEffect(() => { window.addEventListener('blur', letGo); return () => { window.removeEventListener('blur', letGo); }; }, [letGo]);
  const hold = (modifier: Modifier): void => {
    const down = !heldBelow.includes(modifier);
    send([{ ...MODIFIERS[modifier], down }]);
    setHeldBelow(down ? [...heldBelow, modifier] : heldBelow.filter(each => each !== modifier));
    focus();
  };
  const press = (combination: string): void => { send(movesOfCombination(combination)); focus(); };
  const close = (): void => { setDialog(undefined); focus(); };
  return (
    <>
      <ConsolePane label="Graphical console" link={link} full={full} onLeave={screen.blur} onUnfocus={() => { if (!keyRow) letGo(); else send(held.current.letGo()); }}
        note={viewOnly ? 'View only: nothing is typed.' : copied ? 'The guest has copied text: it is on this clipboard too.' : undefined}
        buttons={<GraphicalBar name={name} screen={screen} look={look} full={full} keyRow={keyRow} own={own} onFit={keepFit} onQuality={keepQuality} onKeyRow={keepKeyRow} onViewOnly={setViewOnly} onFull={toggleFull}
          onPress={press} onDialog={setDialog} />}
        below={keyRow && <KeyRow held={heldBelow} off={link.at !== 'open' || viewOnly} onHold={hold} onPress={press} />}>
        <Box ref={box} onKeyDownCapture={event => { held.current.press(event.code); }} onKeyUpCapture={event => { held.current.release(event.code); }} sx={{ position: 'absolute', inset: 0 }} />
        {screen.last && <Gone picture={screen.last} />}
      </ConsolePane>
      {dialog === 'paste' && <PasteDialog send={send} ready={link.at === 'open' && !viewOnly} onOffer={screen.offer} onClose={close} />}
      {dialog === 'combinations' && <CombinationsDialog kept={own} onKeep={keepOwn} onClose={close} />}
    </>
  );
};
export default GraphicalConsole;

const isFit = (text: string): text is Fit => Object.hasOwn(FITS, text);
const isQuality = (text: string): text is Quality => Object.hasOwn(QUALITIES, text);

/** What was there last, grey, with its age. */
const Gone = ({ picture }: { picture: LastPicture }) => {
  const now = useNow(5_000);
  const age = agoText(now - picture.at);
  return (
    <Box sx={{ position: 'absolute', inset: 0, display: 'flex' }}>
      <Box component="img" src={picture.url} alt={`The last picture, ${age}`} sx={{ m: 'auto', maxWidth: '100%', maxHeight: '100%', filter: 'grayscale(1)' }} />
      <Box sx={{ position: 'absolute', bottom: 8, left: 8, px: 1, py: 0.5, borderRadius: 1, bgcolor: '#000', color: '#fff', fontSize: 13 }}>Last picture, {age}</Box>
    </Box>
  );
};
