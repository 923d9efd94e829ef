import type { JournalEntry } from '../../api';
import { bytesText, durationText } from '../../ui/text';

/* How far a transfer is: bytes, rate, time left. */

/** Of so little of the past no rate is told. */
const MEASURED_MS = 1_000;

/** 0 to 1; 0: nobody knows. */
export const fractionOf = ({ amount, progress }: Pick<JournalEntry, 'amount' | 'progress'>): number => (amount?.totalBytes !== undefined && amount.totalBytes > 0 ? amount.bytes / amount.totalBytes : progress);

export const amountText = (entry: Pick<JournalEntry, 'amount' | 'progress' | 'startedAt'>, now: number): string | undefined => {
  const { amount, progress } = entry;
  if (!amount) return undefined;
  const { bytes, totalBytes, marks: [first] } = amount, perMs = first && now - first.at >= MEASURED_MS ? (bytes - first.bytes) / (now - first.at) : undefined;
  // A VM's archive has no length that the host could know: the time left is told from the host's own word on how far it is.
  const leftMs = perMs === undefined || perMs <= 0 ? undefined : totalBytes !== undefined ? (totalBytes - bytes) / perMs : progress > 0.01 ? (bytes / progress - bytes) / perMs : undefined;
  return [totalBytes === undefined ? bytesText(bytes) : `${bytesText(bytes)} of ${bytesText(totalBytes)}`, perMs !== undefined && `${bytesText(perMs * 1000)}/s`, leftMs !== undefined && `${durationText(leftMs)} left`].filter(Boolean).join(', ');
};
