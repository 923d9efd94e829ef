import type { SessionState } from '../../api';
import { silenceOf } from '../errors/silence';
import { agoText, durationText } from '../../ui/text';

/* Where a connection stands, in words. */

export type Tone = 'success' | 'info' | 'warning' | 'error';
export interface StateWords { label: string; tone: Tone; detail: string }

export const stateWords = (state: SessionState, now: number): StateWords => {
  switch (state.at) {
    case 'connecting': return { label: 'Connecting…', tone: 'info', detail: 'The host is being called.' };
    case 'filling': return { label: 'Loading…', tone: 'info', detail: 'The host is telling what it has.' };
    case 'live': return { label: 'Connected', tone: 'success', detail: 'Everything on the screen is live.' };
    case 'lost': return {
      label: `Lost, last seen ${agoText(now - state.since)}`, tone: 'warning',
      detail: `${silenceOf(state.reason).what}. Try ${state.attempt} ${state.nextTryAt - now >= 1_000 ? `in ${durationText(state.nextTryAt - now)}` : 'is under way'}; VMs go on running meanwhile.`,
    };
    case 'untrusted': return { label: 'Not trusted yet', tone: 'warning', detail: 'Somebody must look at the certificate of this host first.' };
    case 'certificate-changed': return { label: 'Certificate changed', tone: 'error', detail: 'This may not be the host that you know. Nothing was sent to it.' };
    case 'refused': return { label: 'Refused', tone: 'error', detail: 'The host did not let us in.' };
    case 'unreachable': return { label: 'Unreachable', tone: 'error', detail: `${silenceOf(state.reason).what}. ${silenceOf(state.reason).look}` };
    case 'alone': return { label: 'Not connected beside others', tone: 'warning', detail: aloneWords(state) };
    case 'closed': return { label: 'Disconnected', tone: 'info', detail: 'The connection was closed.' };
  }
};

/** Which edition is in the way. */
export const aloneWords = ({ wish, others }: SessionState & { at: 'alone' }): string => {
  const [first = 'another host'] = others, many = others.length > 1 ? `${others.length} other hosts` : first;
  return wish === 'own' ? `This host is an Express edition, which a console manages by itself. You are connected to ${many}.` : `You are connected to ${first}, which is an Express edition: a console manages it by itself.`;
};

/** Why nothing can be asked of this host now; undefined when it is live. */
export const whyNotLive = (state: SessionState, address: string): string | undefined =>
  state.at === 'live' ? undefined : state.at === 'lost' ? `The connection to ${address} is lost.` : state.at === 'filling' ? `${address} is still telling what it has.` : `Not connected to ${address}.`;

/** Whether what the screen shows may be out of date. */
export const isStale = (state: SessionState): boolean => state.at !== 'live' && state.at !== 'filling';
