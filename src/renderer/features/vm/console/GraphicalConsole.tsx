import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import RFB from '@novnc/novnc';
import { useCallback, useRef } from 'react';
import { must } from '../../../../shared/lib/assert';
import type { ConsoleStream } from '../../../api';
import { ConsolePane } from './ConsolePane';
import { RfbChannel } from './rfb-channel';
import { useConsoleLink } from './use-console-link';

/** The screen of a VM, drawn by noVNC, scaled to fit. */
const GraphicalConsole = ({ consoleRef }: { consoleRef: string }) => {
  const box = useRef<HTMLDivElement>(null);
  const rfb = useRef<RFB | undefined>(undefined);
  const attach = useCallback((stream: ConsoleStream, onClosed: (reason: string) => void) => {
    const channel = new RfbChannel(stream);
    const client = new RFB(must(box.current, 'console box'), channel, { shared: true });
    client.scaleViewport = true;
    client.background = '#000';
    let connected = true;
    client.addEventListener('disconnect', () => { connected = false; onClosed('closed'); }, { once: true });
    rfb.current = client;
    channel.begin();
    return { dispose: () => { rfb.current = undefined; if (connected) client.disconnect(); stream.dispose(); } };
  }, []);
  const link = useConsoleLink(consoleRef, attach);
  return (
    <ConsolePane label="Graphical console" link={link} onLeave={() => { rfb.current?.blur(); }}
      buttons={<Button size="small" disabled={link.at !== 'open'} onClick={() => { rfb.current?.sendCtrlAltDel(); rfb.current?.focus(); }}>Ctrl+Alt+Del</Button>}>
      <Box ref={box} sx={{ position: 'absolute', inset: 0 }} />
    </ConsolePane>
  );
};
export default GraphicalConsole;
