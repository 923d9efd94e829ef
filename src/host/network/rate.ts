import { burstBytes, bytesPerSecond } from './guard';
import { tc } from './programs';

/* How much a VIF may get: a token bucket on its tap. (How much it may send is in guard.ts.) */

const WAIT_MS = 100;

export const limitRate = async (tap: string, kilobytesPerSecond: number | undefined): Promise<void> => {
  if (kilobytesPerSecond !== undefined) {
    await tc('qdisc', 'replace', 'dev', tap, 'root', 'tbf', 'rate', `${bytesPerSecond(kilobytesPerSecond)}bps`, 'burst', String(burstBytes(kilobytesPerSecond)), 'latency', `${WAIT_MS}ms`);
  } else if ((await tc('qdisc', 'show', 'dev', tap)).includes('qdisc tbf ')) await tc('qdisc', 'delete', 'dev', tap, 'root');
};
