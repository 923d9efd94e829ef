import type { Records } from '../../../shared/api';
import type { StorageDriver } from '../../storage/contract';
import type { Desk } from '../desk';
import { within } from '../sr/patience';

/* One SM record per kind of storage that this host has a driver for: what it is called, what it needs to know, what it can do. */

const LACKS_LIMIT_MS = 10_000;

export const recordDrivers = async (desk: Desk): Promise<void> => {
  const wanted = new Map(await Promise.all([...desk.storageDrivers.values()].map(async (driver): Promise<[string, Partial<Records['SM']>]> => [driver.type, fieldsOf(desk, driver, await lacksOf(driver))])));
  desk.store.transaction(tx => {
    for (const [ref, sm] of tx.all('SM')) {
      const fields = wanted.get(sm.type);
      if (fields === undefined) { tx.destroy('SM', ref); continue; }
      wanted.delete(sm.type);
      if (Object.entries(fields).some(([key, value]) => JSON.stringify(sm[key as keyof typeof sm]) !== JSON.stringify(value))) tx.set('SM', ref, fields);
    }
    for (const [type, fields] of wanted) tx.create('SM', { type, ...fields });
  });
};

/** Why the driver does not work on this machine; empty: it does. */
export const lacksOf = async (driver: StorageDriver): Promise<string> => {
  try { return await within(LACKS_LIMIT_MS, 'the driver', () => driver.lacks()); } catch (error) { return error instanceof Error ? error.message : String(error); }
};

const fieldsOf = (desk: Desk, driver: StorageDriver, lacks: string): Partial<Records['SM']> => ({
  name_label: driver.name, name_description: driver.description, vendor: desk.identity.brand, copyright: '', version: desk.identity.version, required_api_version: '1.0',
  configuration: driver.configuration, capabilities: driver.capabilities, features: Object.fromEntries(driver.capabilities.map(capability => [capability, 1])), driver_filename: '',
  // For a console that asks before it makes a form of it.
  other_config: {
    'content-type': driver.contentType, shared: String(driver.shared), ...(driver.secretKeys === undefined ? {} : { 'secret-keys': driver.secretKeys.join(',') }), ...(lacks === '' ? {} : { lacks }),
  },
});
