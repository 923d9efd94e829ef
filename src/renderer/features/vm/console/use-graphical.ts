import RFB from '@novnc/novnc';
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { must } from '../../../../shared/lib/assert';
import type { KeyMove } from '../../../../shared/rules/keyboard';
import type { ConsoleStream } from '../../../api';
import { Bandwidth, type Grade, GRADES } from './bandwidth';
import { RfbChannel } from './rfb-channel';
import { type LinkState, useConsoleLink } from './use-console-link';

/* A VM's screen in a box of the page, drawn by noVNC: how it is shown, what is typed, and what is left of it when it goes away. */

export const FITS = { fit: 'Scale to fit', actual: 'Actual size', resize: 'Resize the guest’s screen' } as const;
export type Fit = keyof typeof FITS;
export const QUALITIES = { auto: 'By the speed of the line', best: 'Best', good: 'Good', low: 'For slow lines' } as const;
export type Quality = keyof typeof QUALITIES;
export interface Look { fit: Fit; quality: Quality; viewOnly: boolean }
/** The last picture of a screen that is away. */
export interface LastPicture { url: string; at: number }

export interface Graphical {
  /** Where it is drawn. */
  box: RefObject<HTMLDivElement | null>;
  link: LinkState;
  last: LastPicture | undefined;
  send: (moves: readonly KeyMove[]) => void;
  /** Into the guest's clipboard, where it has one that listens. */
  offer: (text: string) => void;
  focus: () => void;
  blur: () => void;
  picture: () => Promise<Blob>;
  canvas: () => HTMLCanvasElement | null;
}

/** `onClipboard`: the guest has copied something. */
export const useGraphical = (consoleRef: string, look: Look, onClipboard: (text: string) => void): Graphical => {
  const box = useRef<HTMLDivElement>(null);
  const rfb = useRef<RFB | undefined>(undefined);
  const [last, setLast] = useState<LastPicture | undefined>(undefined);
  const [measured, setMeasured] = useState<Grade>('good');
  const wish = useRef({ look, measured, onClipboard });
  useEffect(() => { wish.current = { look, measured, onClipboard }; if (rfb.current) apply(rfb.current, look, measured); });

  const attach = useCallback((stream: ConsoleStream, onClosed: (reason: string) => void) => {
    const bandwidth = new Bandwidth();
    const channel = new RfbChannel(stream, bytes => { if (bandwidth.note(bytes, performance.now())) setMeasured(bandwidth.grade); });
    const client = new RFB(must(box.current, 'console box'), channel, { shared: true });
    client.background = '#000';
    let connected = true, shown = false;
    client.addEventListener('connect', () => { shown = true; apply(client, wish.current.look, wish.current.measured); setLast(undefined); });
    client.addEventListener('clipboard', event => { wish.current.onClipboard((event as CustomEvent<{ text: string }>).detail.text); });
    const keepPicture = (): void => { if (shown) setLast({ url: client.toDataURL('image/png'), at: Date.now() }); };
    client.addEventListener('disconnect', () => { connected = false; keepPicture(); onClosed('closed'); }, { once: true });
    rfb.current = client;
    channel.begin();
    return { dispose: () => { rfb.current = undefined; if (connected) client.disconnect(); stream.dispose(); } };
  }, []);
  const link = useConsoleLink(consoleRef, attach);

  const does = useMemo(() => ({
    send: (moves: readonly KeyMove[]) => { for (const { keysym, code, down } of moves) rfb.current?.sendKey(keysym, code, down); },
    offer: (text: string) => { rfb.current?.clipboardPasteFrom(text); },
    focus: () => { rfb.current?.focus(); },
    blur: () => { rfb.current?.blur(); },
    picture: () => new Promise<Blob>((resolve, reject) => {
      if (!rfb.current) reject(new Error('no screen')); else rfb.current.toBlob(blob => { if (blob) resolve(blob); else reject(new Error('no picture')); }, 'image/png');
    }),
    canvas: () => box.current?.querySelector('canvas') ?? null,
  }), []);
  return { box, link, last, ...does };
};

const apply = (client: RFB, { fit, quality, viewOnly }: Look, measured: Grade): void => {
  client.scaleViewport = fit !== 'actual';
  if (client.resizeSession !== (fit === 'resize')) client.resizeSession = fit === 'resize';
  if (client.viewOnly !== viewOnly) client.viewOnly = viewOnly;
  Object.assign(client, GRADES[quality === 'auto' ? measured : quality]);
};
