import type { Records } from '../../../shared/api';
import { readDate, type IndexSpec } from '../../api';
import { bytesText, durationText } from '../../ui/text';

/* Machines on their way in, as their VMs tell (other_config, written by the host). */

export const ARRIVALS: IndexSpec<'VM'> = { cls: 'VM', keep: vm => vm.other_config['p2v'] !== undefined, sortBy: vm => `${String(ORDER.indexOf(vm.other_config['p2v'] ?? ''))} ${vm.name_label}` };
const ORDER: readonly string[] = ['receiving', 'fixing', 'unfixed', 'ready'];

export interface Arrival {
  /** 0 to 1; undefined: nobody knows. */
  fraction: number | undefined;
  words: string;
  trouble: boolean;
  canCallOff: boolean;
  canFix: boolean;
}
/** Without a word from the machine for so long, it is said. */
const SILENT_MS = 60_000;

export const arrivalOf = ({ other_config: told }: Pick<Records['VM'], 'other_config'>, now: number): Arrival => {
  const none = { fraction: undefined, trouble: false, canCallOff: false, canFix: false };
  switch (told['p2v']) {
    case 'receiving': return { ...none, ...receiving(told, now), canCallOff: true };
    case 'fixing': return { ...none, words: 'All is here. It is started once, to be made ready for its new machine.' };
    case 'unfixed': return { ...none, trouble: true, canFix: true, words: `All is here, but it was not made ready: ${told['p2v-words'] ?? ''}` };
    default: return { ...none, fraction: 1, words: `Ready to start. ${told['p2v-words'] ?? ''}` };
  }
};

const receiving = (told: Readonly<Record<string, string>>, now: number): Pick<Arrival, 'fraction' | 'words' | 'trouble'> => {
  const done = Number(told['p2v-done'] ?? 0), total = Number(told['p2v-total'] ?? 0), rate = Number(told['p2v-rate'] ?? 0), heard = readDate(told['p2v-heard'] ?? '');
  const fraction = total > 0 ? Math.min(1, done / total) : undefined, amount = `${bytesText(done)} of ${bytesText(total)}`;
  if (heard !== undefined && now - heard > SILENT_MS) return { fraction, trouble: true, words: `${amount}. Nothing heard from it for ${durationText(now - heard)}; it goes on when it is back.` };
  return { fraction, trouble: false, words: rate > 0 ? `${amount}, ${bytesText(rate)}/s, ${durationText(Math.max(0, total - done) / rate * 1000)} left` : amount };
};
