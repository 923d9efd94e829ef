import { randomUUID } from 'node:crypto';
import { ApiError, nullRef, type Ref } from '../../../shared/api';
import type { StorageRepository } from '../../storage/contract';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { assertFeature } from '../licence/gates';
import { attachRepository } from '../pbd/attach';
import { runPlan } from '../plan';
import { dropSecrets, hideSecrets, showSecrets } from '../secret/secrets';
import { lacksOf } from '../sm/records';
import { assertName } from '../vm/limits';
import { beginSr, endSr } from './intents';
import { within } from './patience';
import { assertPlaceIsFree, driverOf } from './place';
import { scanSr } from './scan';

/* A repository at a place that no other uses, attached to this host. Disks that are there already get records. What the driver makes of the place
 * (a volume group) is written down before, so that a crash leaves none behind. */

const PREPARE_LIMIT_MS = 10 * 60_000;

export const create = (desk: Desk): Handler<'SR.create'> =>
  async (context, host, device_config, _physicalSize, name_label, name_description, type, _contentType, shared, sm_config): Promise<Ref<'SR'>> => {
    desk.store.get('host', host);
    assertName('name_label', name_label);
    assertName('name_description', name_description);
    const driver = driverOf(desk, type);
    if (driver.shared && driver.contentType !== 'iso') assertFeature(desk, 'shared_storage');
    if (shared && !driver.shared) throw new ApiError('VALUE_NOT_SUPPORTED', 'shared', 'true', `${driver.name} belongs to one host`);
    await assertPlaceIsFree(desk, driver, device_config);
    const lacks = await lacksOf(driver);
    if (lacks !== '') throw new ApiError('SR_BACKEND_FAILURE', '1', '', lacks);

    const uuid = randomUUID(), { config, made } = hideSecrets(desk, driver, device_config);
    const shown = (): Readonly<Record<string, string>> => showSecrets(desk, driver, config);
    let repository: StorageRepository | undefined, sr = nullRef<'SR'>();
    try {
      await runPlan([
        { name: 'write down', weight: 0, do: () => { beginSr(desk, { srUuid: uuid, type, config }); }, undo: () => { endSr(desk, uuid); } },
        {
          name: 'prepare', weight: 5,
          do: async () => { await within(PREPARE_LIMIT_MS, 'the storage', async () => { await driver.prepare?.(shown(), uuid); }, () => driver.wipe?.(shown(), uuid)); },
          undo: async () => { await driver.wipe?.(shown(), uuid); },
        },
        { name: 'attach', weight: 3, do: async () => { repository = await attachRepository(desk, driver, shown(), uuid); }, undo: async () => { await repository?.detach?.(); } },
        {
          name: 'record', weight: 1,
          do: async () => {
            await assertPlaceIsFree(desk, driver, device_config); // another call may have been quicker
            desk.repositories.set(uuid, repository!);
            sr = desk.store.transaction(tx => {
              const ref = tx.create('SR', { uuid, name_label, name_description, type, content_type: driver.contentType, shared, sm_config });
              tx.create('PBD', { host, SR: ref, device_config: config, currently_attached: true });
              return ref;
            });
          },
          undo: () => { desk.repositories.delete(uuid); },
        },
        { name: 'close the journal', weight: 0, do: () => { endSr(desk, uuid); } },
      ], { of: 'SR.create', signal: context.task.signal, progress: context.task.progress, log: desk.log });
    } catch (error) {
      desk.repositories.delete(uuid);
      dropSecrets(desk, made);
      throw toApiError(error, { operation: 'create' });
    }
    await scanSr(desk, sr);
    return sr;
  };
