import Box from '@mui/material/Box';
import '@xterm/xterm/css/xterm.css';
import { useCallback, useEffect, useRef, useState } from 'react';
import { must } from '../../../../shared/lib/assert';
import { type ConsoleStream, useWorld } from '../../../api';
import { saveFile } from '../../../ui/save-file';
import { copyText } from '../../../ui/clipboard';
import { Cast } from './cast';
import { ConsolePane } from './ConsolePane';
import { FontDialog } from './FontDialog';
import { ReplayGate } from './replay-gate';
import { type Finds, SearchRow } from './SearchRow';
import { makeTerminal, type Shown, textOf } from './terminal';
import { TextBar } from './TextBar';
import { useTextSettings } from './text-settings';
import { useConsoleLink } from './use-console-link';

const MARKS = { matchOverviewRuler: '#e5c07b', activeMatchColorOverviewRuler: '#ff9e3b', matchBackground: '#5c4a1f', activeMatchBackground: '#a06a00' };

/** The serial line of a VM. What it said before is replayed by the host. */
const TextConsole = ({ consoleRef, name }: { consoleRef: string; name: string }) => {
  const world = useWorld();
  const box = useRef<HTMLDivElement>(null);
  const shown = useRef<Shown | undefined>(undefined);
  const stream = useRef<ConsoleStream | undefined>(undefined);
  const cast = useRef<Cast | undefined>(undefined);
  const settings = useTextSettings();
  const { fontPx, family, copyOnSelect } = settings;
  const [searching, setSearching] = useState(false);
  const [finds, setFinds] = useState<Finds | undefined>(undefined);
  const [recording, setRecording] = useState(false);
  const [choosingFont, setChoosingFont] = useState(false);

  useEffect(() => {
    const made = makeTerminal(must(box.current, 'console box'), url => { void world.browse(url); }, () => { setSearching(true); });
    shown.current = made;
    const results = made.search.onDidChangeResults(({ resultIndex, resultCount }) => { setFinds({ at: resultIndex, of: resultCount }); });
    const resized = made.terminal.onResize(size => { cast.current?.resized(size, performance.now()); });
    return () => { results.dispose(); resized.dispose(); shown.current = undefined; made.dispose(); };
  }, [world]);
  useEffect(() => { shown.current?.set(fontPx, family); }, [fontPx, family]);
  useEffect(() => {
    if (!copyOnSelect || !shown.current) return;
    const { terminal } = shown.current;
    const selected = terminal.onSelectionChange(() => { if (terminal.hasSelection()) void copyText(terminal.getSelection()).then(() => { terminal.focus(); }); });
    return () => { selected.dispose(); };
  }, [copyOnSelect]);

  const attach = useCallback((opened: ConsoleStream, onClosed: (reason: string) => void) => {
    const { terminal } = must(shown.current, 'terminal');
    const encoder = new TextEncoder(), gate = new ReplayGate();
    terminal.reset();
    stream.current = opened;
    const typing = terminal.onData(text => { if (gate.passes(text)) opened.write(encoder.encode(text)); });
    const raw = terminal.onBinary(text => { opened.write(Uint8Array.from(text, letter => letter.charCodeAt(0))); });
    opened.listen({
      onData: bytes => {
        gate.arrived();
        cast.current?.said(bytes, performance.now());
        terminal.write(bytes, () => { gate.read(); opened.ack(bytes.byteLength); });
      },
      onClosed,
    });
    return { dispose: () => { stream.current = undefined; typing.dispose(); raw.dispose(); opened.dispose(); } };
  }, []);
  const link = useConsoleLink(consoleRef, attach);

  const find = (text: string, way: 'first' | 'next' | 'before'): void => {
    const search = shown.current?.search;
    if (text === '') { search?.clearDecorations(); setFinds(undefined); return; }
    const how = { decorations: MARKS, incremental: way === 'first' };
    if (way === 'before') search?.findPrevious(text, how); else search?.findNext(text, how);
  };
  const endSearch = (): void => { shown.current?.search.clearDecorations(); setFinds(undefined); setSearching(false); shown.current?.terminal.focus(); };
  const record = (): void => {
    const { terminal } = must(shown.current, 'terminal'), made = cast.current;
    cast.current = made ? undefined : new Cast(terminal, name, new Date(), performance.now());
    setRecording(!made);
    if (made) saveFile(`${name}.cast`, new Blob([made.text], { type: 'application/x-asciicast' }));
  };
  // A serial line has no way to tell a size: the shell behind it is told, as a person would.
  const tellSize = (): void => {
    const { terminal } = must(shown.current, 'terminal');
    stream.current?.write(new TextEncoder().encode(`stty rows ${terminal.rows} columns ${terminal.cols}\r`));
    terminal.focus();
  };
  return (
    <>
      <ConsolePane label="Text console" link={link} onLeave={() => { shown.current?.terminal.blur(); }}
        buttons={<TextBar away={link.at === 'open' ? undefined : 'The console is not connected.'} settings={settings} recording={recording} onSearch={() => { setSearching(true); }} onRecord={record} onTellSize={tellSize}
          onFont={() => { setChoosingFont(true); }} onSave={() => { saveFile(`${name}.txt`, new Blob([textOf(must(shown.current, 'terminal').terminal)], { type: 'text/plain' })); }} />}
        below={searching && <SearchRow finds={finds} onFind={find} onClose={endSearch} />}>
        <Box sx={{ position: 'absolute', inset: 4, overflowX: 'auto', overflowY: 'hidden' }}>
          <Box ref={box} sx={{ height: '100%' }} />
        </Box>
      </ConsolePane>
      {choosingFont && <FontDialog settings={settings} onClose={() => { setChoosingFont(false); }} />}
    </>
  );
};
export default TextConsole;
