import { StorageError } from '../../storage/contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { dropOrphanSecrets, dropUnusedSecrets, showSecrets } from '../secret/secrets';

/* What SR.create is about to make outside of the database (journal.ts has the same for disks). */

export interface SrIntent { srUuid: string; type: string; /** As in the PBD: without secrets. */ config: Readonly<Record<string, string>> }

const KEY = 'operations.sr-journal';
const open = (desk: Desk): readonly SrIntent[] => JSON.parse(desk.store.setting(KEY) ?? '[]') as SrIntent[];
const write = (desk: Desk, intents: readonly SrIntent[]): void => { desk.store.setSetting(KEY, JSON.stringify(intents)); };

export const beginSr = (desk: Desk, intent: SrIntent): void => { write(desk, [...open(desk), intent]); };
export const endSr = (desk: Desk, srUuid: string): void => { write(desk, open(desk).filter(intent => intent.srUuid !== srUuid)); };

/** At the start: what was prepared for an SR that has no record goes. */
export const undoSrIntents = async (desk: Desk): Promise<void> => {
  const known = new Set([...desk.store.all('SR').values()].map(sr => sr.uuid));
  for (const { srUuid, type, config } of open(desk)) {
    if (!known.has(srUuid)) {
      const driver = desk.storageDrivers.get(type);
      try { if (driver?.wipe) await driver.wipe(showSecrets(desk, driver, config), srUuid); } catch (error) {
        if (!(error instanceof StorageError && error.kind === 'not-found')) desk.log.error('what was prepared for an SR stays', { sr: srUuid, type, why: messageOf(error) });
      }
      dropUnusedSecrets(desk, config);
      desk.log.warn('a half-made SR was taken away', { sr: srUuid, type });
    }
    endSr(desk, srUuid);
  }
  dropOrphanSecrets(desk);
};
