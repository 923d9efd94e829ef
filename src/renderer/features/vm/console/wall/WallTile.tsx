import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import Typography from '@mui/material/Typography';
import { useEffect, useRef } from 'react';
import type { VMRecord } from '../../../../../shared/api';
import { ObjectLink } from '../../../../parts/ObjectLink';
import { silenceOf } from '../../../../parts/errors/silence';
import { HeldKeys } from '../held-keys';
import type { LinkState } from '../use-console-link';
import { type Look, useGraphical } from '../use-graphical';
import type { Broadcast } from './broadcast';

/** Many pictures at once share the line: none needs to be a fine one. */
const LOOK: Look = { fit: 'fit', quality: 'low', viewOnly: false };
const ignore = (): void => undefined;

interface Props { of: string; vm: VMRecord; consoleRef: string; marked: boolean; together: boolean; broadcast: Broadcast; onMark: (marked: boolean) => void }

/** One VM on the wall: live, and typed into after a click. */
const WallTile = ({ of: ref, vm, consoleRef, marked, together, broadcast, onMark }: Props) => {
  const { box, link, last, send } = useGraphical(consoleRef, LOOK, ignore);
  useEffect(() => broadcast.add(ref, send), [broadcast, ref, send]);
  const held = useRef(new HeldKeys());
  const listens = marked && together;
  return (
    <Box component="section" aria-label={vm.name_label} sx={{ display: 'flex', flexDirection: 'column', minWidth: 0, minHeight: 0, border: 2, borderColor: listens ? 'error.main' : 'divider', borderRadius: 1, overflow: 'hidden', '&:focus-within': { borderColor: listens ? 'error.main' : 'primary.main', borderStyle: listens ? 'double' : 'solid' } }}>
      <Box sx={{ display: 'flex', alignItems: 'center', minHeight: 28, px: 0.5, gap: 0.5 }}>
        <Checkbox size="small" checked={marked} onChange={event => { onMark(event.target.checked); }} sx={{ p: 0.25 }} slotProps={{ input: { 'aria-label': `Mark ${vm.name_label}` } }} />
        <Typography variant="caption" noWrap sx={{ flex: 1 }}><ObjectLink cls="VM" of={ref} /></Typography>
        <Typography variant="caption" noWrap role="status" sx={{ color: listens ? 'error.main' : 'text.secondary' }}>{stateOf(link, listens)}</Typography>
      </Box>
      <Box sx={{ flex: 1, minHeight: 0, position: 'relative', bgcolor: '#000', opacity: link.at === 'open' ? 1 : 0.5 }}>
        <Box ref={box} onKeyDownCapture={event => { held.current.press(event.code); broadcast.key(ref, event, true); }} onKeyUpCapture={event => { held.current.release(event.code); broadcast.key(ref, event, false); }}
          onBlur={() => { send(held.current.letGo()); broadcast.letGo(); }} sx={{ position: 'absolute', inset: 0 }} />
        {last && <Box component="img" src={last.url} alt="The last picture" sx={{ position: 'absolute', inset: 0, m: 'auto', maxWidth: '100%', maxHeight: '100%', filter: 'grayscale(1)' }} />}
      </Box>
    </Box>
  );
};
export default WallTile;

const stateOf = (link: LinkState, listens: boolean): string => {
  switch (link.at) {
    case 'opening': return 'Opening…';
    case 'closed': return link.reason === '' ? 'Trying again…' : silenceOf(link.reason).what;
    case 'open': return listens ? 'Typed into together' : '';
  }
};
