import { useEffect, useRef, useState } from 'react';
import type { Disposable } from '../../../../shared/lib/emitter';
import { type ConsoleStream, type Failure, failureOf, useSession, useSessionView, useWorld } from '../../../api';

/* Keeps one console open while it is shown: when it closes, and the record is still there, it is opened again, with
 * growing pauses while the host does not give it. */

export type LinkState = { at: 'opening' } | { at: 'open' } | { at: 'closed'; reason: string; failure?: Failure };

const AGAIN_FIRST_MS = 250;
const AGAIN_MAX_MS = 5_000;

/** `attach` shows a stream, and answers what takes it off the screen; it calls `onClosed` at the stream's end. */
export const useConsoleLink = (consoleRef: string, attach: (stream: ConsoleStream, onClosed: (reason: string) => void) => Disposable): LinkState => {
  const { consoles } = useWorld();
  const session = useSession();
  const live = useSessionView().state.at === 'live';
  const [link, setLink] = useState<LinkState>({ at: 'opening' });
  const show = useRef(attach);
  useEffect(() => { show.current = attach; });

  useEffect(() => {
    if (!live) return;
    let left = false;
    let shown: Disposable | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pause = AGAIN_FIRST_MS;
    let openedAt = Date.now();
    const ended = (reason: string, failure?: Failure): void => {
      shown?.dispose();
      shown = undefined;
      if (left) return;
      setLink({ at: 'closed', reason, ...(failure && { failure }) });
      if (!failure && Date.now() - openedAt > AGAIN_MAX_MS) pause = AGAIN_FIRST_MS;
      timer = setTimeout(() => { void open(); }, pause);
      pause = Math.min(pause * 2, AGAIN_MAX_MS);
    };
    const open = async (): Promise<void> => {
      try {
        const stream = await consoles.open(session.id, consoleRef);
        if (left) { stream.dispose(); return; }
        openedAt = Date.now();
        setLink({ at: 'open' });
        try { shown = show.current(stream, reason => { ended(reason); }); } catch (error) { stream.dispose(); throw error; }
      } catch (error) { ended('', failureOf(error)); }
    };
    void open();
    return () => {
      left = true;
      clearTimeout(timer);
      shown?.dispose();
    };
  }, [consoles, session, consoleRef, live]);
  return live ? link : { at: 'closed', reason: 'not-connected' };
};
