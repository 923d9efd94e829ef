import { createHash, timingSafeEqual } from 'node:crypto';
import type { Owner, Reading } from '../../metrics/contract';
import type { Scrape } from '../contract';
import type { Desk } from '../desk';
import { revealSecret } from '../secret/secrets';
import { prometheusText } from './prometheus';

/* What a Prometheus server scrapes: the latest readings, as they are; it asks no machine anything. Off until pool.other_config names a secret as its token. */

/** pool.other_config: the uuid of a secret. */
export const PROMETHEUS_SECRET = 'prometheus-secret';

export interface Exporter { take(atMs: number, readings: readonly Reading[]): void; scrape(token: string | undefined): Scrape }

export const createExporter = (desk: Desk): Exporter => {
  let latest: readonly Reading[] = [], latestMs = NaN;
  return {
    take: (atMs, readings) => { [latest, latestMs] = [readings, atMs]; },
    scrape: token => {
      const uuid = [...desk.store.all('pool').values()][0]?.other_config[PROMETHEUS_SECRET], wanted = uuid === undefined ? undefined : revealSecret(desk, uuid);
      if (wanted === undefined || wanted === '') return { is: 'off' };
      if (token === undefined || !timingSafeEqual(digest(token), digest(wanted))) return { is: 'refused' };
      return { is: 'told', text: prometheusText(latest, (desk.now() - latestMs) / 1000, namesOf(desk)) };
    },
  };
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const CLASSES = { vm: 'VM', host: 'host', sr: 'SR' } as const;
const namesOf = ({ store }: Desk): (owner: Owner) => string => {
  const names = new Map((['vm', 'host', 'sr'] as const).flatMap(kind => [...store.all(CLASSES[kind]).values()].map(({ uuid, name_label }) => [uuid, name_label] as const)));
  return ({ uuid }) => names.get(uuid) ?? '';
};
