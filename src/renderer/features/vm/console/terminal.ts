import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { copyText } from '../../../ui/clipboard';
import { familyOf, FONT } from './text-settings';

/* xterm.js with what a serial line needs around it. */

/** A serial line does not tell its width: guests take 80 columns. */
const COLUMNS_MIN = 80;
const SCROLLBACK_LINES = 10_000;

export interface Shown {
  terminal: Terminal;
  search: SearchAddon;
  /** Letters of this size and font, as far as a whole line fits. */
  set: (fontPx: number, family: string) => void;
  dispose: () => void
}

/** `onLink`: a person has clicked on a web address; `onSearch`: pressed Ctrl+Shift+F. */
export const makeTerminal = (element: HTMLElement, onLink: (url: string) => void, onSearch: () => void): Shown => {
  const terminal = new Terminal({ scrollback: SCROLLBACK_LINES, screenReaderMode: true, cursorBlink: true, fontSize: FONT.px, fontFamily: FONT.family, allowProposedApi: true });
  const fit = new FitAddon(), search = new SearchAddon();
  for (const addon of [fit, search, new WebLinksAddon((_event, url) => { onLink(url); })]) terminal.loadAddon(addon);
  terminal.open(element);
  terminal.attachCustomKeyEventHandler(event => passOn(event, terminal, onSearch));
  let wanted = FONT.px;
  const resize = (): void => {
    terminal.options.fontSize = wanted;
    const wide = fit.proposeDimensions();
    if (wide && wide.cols < COLUMNS_MIN) terminal.options.fontSize = Math.max(FONT.minPx, Math.floor((wanted * wide.cols) / COLUMNS_MIN));
    const size = fit.proposeDimensions();
    if (size && size.rows > 0) terminal.resize(Math.max(COLUMNS_MIN, size.cols), size.rows);
  };
  const watcher = new ResizeObserver(resize);
  watcher.observe(element);
  return {
    terminal, search,
    set: (fontPx, family) => { wanted = fontPx; terminal.options.fontFamily = familyOf(family); resize(); },
    dispose: () => { watcher.disconnect(); terminal.dispose(); },
  };
};

/** All that it still has, as lines of text; lines that were wrapped are whole again. */
export const textOf = (terminal: Terminal): string => {
  const buffer = terminal.buffer.normal, lines: string[] = [];
  for (let row = 0; row < buffer.length; row++) {
    const line = buffer.getLine(row), goesOn = buffer.getLine(row + 1)?.isWrapped ?? false;
    const text = line?.translateToString(!goesOn) ?? '';
    if (line?.isWrapped) lines.push(`${lines.pop() ?? ''}${text}`); else lines.push(text);
  }
  return `${lines.join('\n').trimEnd()}\n`;
};

/** Ctrl+Shift+C copies, Ctrl+Shift+V pastes (by the browser's own paste), Ctrl+Shift+F looks for something; everything else goes to the guest. */
const passOn = (event: KeyboardEvent, terminal: Terminal, onSearch: () => void): boolean => {
  if (!event.ctrlKey || !event.shiftKey) return true;
  if (event.code === 'KeyC') {
    event.preventDefault();
    if (event.type === 'keydown' && terminal.hasSelection()) void copyText(terminal.getSelection());
    return false;
  }
  if (event.code === 'KeyF') {
    event.preventDefault();
    if (event.type === 'keydown') onSearch();
    return false;
  }
  return event.code !== 'KeyV';
};
