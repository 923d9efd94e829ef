import { ApiError } from '../../../shared/api';
import type { ProbeResult } from '../../storage/contract';
import type { CallContext, Handlers } from '../contract';
import type { Desk } from '../desk';
import { toApiError } from '../failure';
import { showSecrets } from '../secret/secrets';
import { lacksOf } from '../sm/records';
import { within } from './patience';
import { driverOf } from './place';

/* What is to be found at a place, before anything is made there: the next page of the wizard. */

const PROBE_LIMIT_MS = 60_000;

export const probing = (desk: Desk): Handlers => ({
  'SR.probe_ext': async (context, host, device_config, type) => {
    desk.store.get('host', host);
    const secret = new Set(driverOf(desk, type).secretKeys ?? []);
    return (await probe(desk, context, device_config, type)).map(({ config, label, complete, sr }) => ({
      // What is secret the client knows already.
      configuration: Object.fromEntries(Object.entries(config).filter(([key]) => !secret.has(key))), complete, extra_info: { label },
      sr: sr === undefined ? null : {
        ...(sr.uuid === undefined ? {} : { uuid: sr.uuid }), name_label: sr.name ?? '', name_description: label, free_space: sr.space?.freeBytes ?? 0, total_space: sr.space?.totalBytes ?? 0, clustered: false, health: 'healthy',
      },
    }));
  },
  /** The old form: XML that says which repositories are there. */
  'SR.probe': async (context, host, device_config, type) => {
    desk.store.get('host', host);
    const found = (await probe(desk, context, device_config, type)).flatMap(({ sr }) => (sr === undefined ? [] : [sr]));
    const srs = found.map(({ uuid = '', name = '', space }) => `<SR><UUID>${xml(uuid)}</UUID><name_label>${xml(name)}</name_label><Size>${space?.totalBytes ?? 0}</Size></SR>`);
    return `<?xml version="1.0"?><SRlist>${srs.join('')}</SRlist>`;
  },
});

const probe = async (desk: Desk, context: CallContext, given: Readonly<Record<string, string>>, type: string): Promise<readonly ProbeResult[]> => {
  const driver = driverOf(desk, type);
  if (!driver.probe) throw new ApiError('SR_BACKEND_FAILURE', '1', '', `${driver.name} cannot be probed`);
  const lacks = await lacksOf(driver);
  if (lacks !== '') throw new ApiError('SR_BACKEND_FAILURE', '1', '', lacks);
  try { return await within(PROBE_LIMIT_MS, driver.name, () => driver.probe!(showSecrets(desk, driver, given), context.task.signal)); } catch (error) { throw toApiError(error, {}); }
};

const xml = (text: string): string => text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`);
