import type { Session } from '../../api';
import { callPlugin } from '../../parts/host/plugin';
import { bytesText, dateText } from '../../ui/text';

/** The boot medium, as the host tells of it. */
export interface Medium { state: 'absent' | 'building' | 'ready' | 'old'; lacks: string; sizeBytes?: number; builtAt?: number }

export const mediumOf = async (session: Session): Promise<Medium> => JSON.parse(await callPlugin(session, 'p2v_medium')) as Medium;

export const mediumWords = ({ state, lacks, sizeBytes = 0, builtAt = 0 }: Medium): string => {
  const made = `${bytesText(sizeBytes)}, built ${dateText(builtAt)}`;
  switch (state) {
    case 'absent': return lacks === '' ? 'It was not built on this host yet. That takes a few minutes, and happens once.' : `This host cannot build it: ${lacks}.`;
    case 'building': return 'It is being built now.';
    case 'ready': return `It is there: ${made}.`;
    case 'old': return `It is there (${made}), but this host knows a newer recipe: build it again when you have the time.`;
  }
};

export interface OneTimeCode { id: string; code: string; expires: number }
/** @param wish uuids, or empty for what the host takes by itself */
export const makeCode = async (session: Session, wish: { name: string; sr: string; network: string; minutes: string }): Promise<OneTimeCode> =>
  JSON.parse(await callPlugin(session, 'p2v_code', Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== '')))) as OneTimeCode;
