import AddLink from '@mui/icons-material/AddLink';
import type { Action } from '../../../parts/actions/action';
import { showConnect } from '../connect/ConnectDialog';

export const connect: Action = {
  id: 'session.connect', label: 'Connect…', icon: AddLink, shortcut: 'Ctrl+K',
  whyNot: () => undefined,
  run: (_selection, stage) => { showConnect(stage); },
};
