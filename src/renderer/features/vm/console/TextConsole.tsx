import Box from '@mui/material/Box';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useCallback, useEffect, useRef } from 'react';
import { must } from '../../../../shared/lib/assert';
import type { ConsoleStream } from '../../../api';
import { copyText } from '../../../ui/clipboard';
import { ConsolePane } from './ConsolePane';
import { ReplayGate } from './replay-gate';
import { useConsoleLink } from './use-console-link';

/** A serial line does not tell its width: guests take 80 columns. */
const COLUMNS_MIN = 80;
const SCROLLBACK_LINES = 10_000;
/** Smaller letters before a line is cut off, but never too small to read. */
const FONT_PX = { max: 14, min: 9 };

/** The serial line of a VM. What it said before is replayed by the host. */
const TextConsole = ({ consoleRef }: { consoleRef: string }) => {
  const box = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal | undefined>(undefined);

  useEffect(() => {
    const element = must(box.current, 'console box');
    const made = new Terminal({ scrollback: SCROLLBACK_LINES, screenReaderMode: true, cursorBlink: true, fontSize: FONT_PX.max, fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace' });
    const fit = new FitAddon();
    made.loadAddon(fit);
    made.open(element);
    made.attachCustomKeyEventHandler(event => passOn(event, made));
    const resize = (): void => {
      made.options.fontSize = FONT_PX.max;
      const wide = fit.proposeDimensions();
      if (wide && wide.cols < COLUMNS_MIN) made.options.fontSize = Math.max(FONT_PX.min, Math.floor((FONT_PX.max * wide.cols) / COLUMNS_MIN));
      const size = fit.proposeDimensions();
      if (size && size.rows > 0) made.resize(Math.max(COLUMNS_MIN, size.cols), size.rows);
    };
    const watcher = new ResizeObserver(resize);
    watcher.observe(element);
    terminal.current = made;
    return () => { watcher.disconnect(); terminal.current = undefined; made.dispose(); };
  }, []);

  const attach = useCallback((stream: ConsoleStream, onClosed: (reason: string) => void) => {
    const shown = must(terminal.current, 'terminal');
    const encoder = new TextEncoder();
    const gate = new ReplayGate();
    shown.reset();
    const typing = shown.onData(text => { if (gate.passes(text)) stream.write(encoder.encode(text)); });
    const raw = shown.onBinary(text => { stream.write(Uint8Array.from(text, letter => letter.charCodeAt(0))); });
    stream.listen({ onData: bytes => { gate.arrived(); shown.write(bytes, () => { gate.read(); stream.ack(bytes.byteLength); }); }, onClosed });
    return { dispose: () => { typing.dispose(); raw.dispose(); stream.dispose(); } };
  }, []);
  const link = useConsoleLink(consoleRef, attach);

  return (
    <ConsolePane label="Text console" link={link} onLeave={() => { terminal.current?.blur(); }}>
      <Box sx={{ position: 'absolute', inset: 4, overflowX: 'auto', overflowY: 'hidden' }}>
        <Box ref={box} sx={{ height: '100%' }} />
      </Box>
    </ConsolePane>
  );
};
export default TextConsole;

/** Ctrl+Shift+C copies, Ctrl+Shift+V pastes (by the browser's own paste); everything else goes to the guest. */
const passOn = (event: KeyboardEvent, terminal: Terminal): boolean => {
  if (!event.ctrlKey || !event.shiftKey) return true;
  if (event.code === 'KeyC') {
    event.preventDefault();
    if (event.type === 'keydown' && terminal.hasSelection()) void copyText(terminal.getSelection());
    return false;
  }
  return event.code !== 'KeyV';
};
