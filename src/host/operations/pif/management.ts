import { ApiError, type Records, type Ref } from '../../../shared/api';
import type { AddressConfig } from '../../network/contract';
import type { Desk } from '../desk';
import { messageOf } from '../failure';
import { publishAddress } from '../host/bootstrap';
import type { PluginFunction } from '../host/plugin-function';
import { datetime } from '../datetime';
import { interfaceOf } from '../network/spec';
import { inNetworkTurn } from '../network/turn';

/* A change of the address that the host is reached by holds only when somebody has reached the host by the new one: within MANAGEMENT_CONFIRM_MS
 * a call of the plug-in function `management_confirm` has to arrive there, else everything is as it was. What was is kept in the
 * store: a service that was killed, or a machine that was restarted meanwhile, goes back at its next start. */

export const MANAGEMENT_CONFIRM_MS = 120_000;

/** What goes back. `until`: 0 when it needs no confirmation, only to survive a crash in the middle. */
export interface Pending {
  pif: Ref<'PIF'>; until: number; address: string;
  before: { config: AddressConfig; record: Partial<Records['PIF']>; managementPif?: Ref<'PIF'> | undefined };
}

const KEY = 'network.management-pending', CONFIRM_BEFORE = 'confirm_before';
const timers = new WeakMap<Desk, NodeJS.Timeout>();

export const pendingChange = (desk: Desk): Pending | undefined => {
  const text = desk.store.setting(KEY) ?? '';
  return text === '' ? undefined : JSON.parse(text) as Pending;
};
export const setPending = (desk: Desk, pending: Pending | undefined): void => { desk.store.setSetting(KEY, pending === undefined ? '' : JSON.stringify(pending)); };

/** One at a time: the second would not know what to go back to. */
export const assertNothingPending = (desk: Desk): void => {
  const pending = pendingChange(desk);
  if (pending) throw new ApiError('OTHER_OPERATION_IN_PROGRESS', 'PIF', pending.pif, 'reconfigure_ip', '');
};

/** From now on it waits for its confirmation. The PIF says until when, in `properties`. */
export const awaitConfirmation = (desk: Desk, pending: Pending, address: string): void => {
  const until = desk.now() + MANAGEMENT_CONFIRM_MS;
  setPending(desk, { ...pending, until, address });
  desk.store.transaction(tx => { tx.set('PIF', pending.pif, { properties: { ...tx.get('PIF', pending.pif).properties, [CONFIRM_BEFORE]: datetime(until) } }); });
  follow(desk, address);
  const timer = setTimeout(() => {
    inNetworkTurn(desk, () => rollBackManagement(desk)).catch((error: unknown) => { desk.log.error('management interface not rolled back', { why: messageOf(error) }); });
  }, MANAGEMENT_CONFIRM_MS).unref();
  timers.set(desk, timer);
  desk.stopping.addEventListener('abort', () => { clearTimeout(timer); }, { once: true });
  desk.log.warn('the management interface has changed; it goes back unless confirmed', { pif: pending.pif, address, seconds: MANAGEMENT_CONFIRM_MS / 1000 });
};

/** Back to what was, if a change is pending. */
export const rollBackManagement = async (desk: Desk): Promise<void> => {
  const pending = pendingChange(desk);
  if (!pending) return;
  const { pif: ref, before } = pending, pif = desk.store.find('PIF', ref);
  if (pif) {
    if (before.managementPif === undefined) await desk.networks.configure(interfaceOf(pif), before.config);
    desk.store.transaction(tx => { tx.set('PIF', ref, before.record); });
    if (before.managementPif !== undefined) moveManagement(desk, before.managementPif);
    follow(desk, before.config.address);
  }
  settle(desk, ref);
  desk.log.warn('the management interface is as it was: nobody confirmed the change', { pif: ref });
};

export const managementPlugin = (desk: Desk): Readonly<Record<string, PluginFunction>> => ({
  management_confirm: context => inNetworkTurn(desk, async () => {
    const pending = pendingChange(desk);
    if (!pending || pending.until === 0) throw new ApiError('OPERATION_NOT_ALLOWED', 'no change of the management interface waits for a confirmation');
    const own = (await desk.networks.interfaces()).flatMap(({ addresses }) => addresses.map(({ address }) => address));
    const at = plain(context.arrived?.at), from = plain(context.arrived?.from);
    if (at !== pending.address || own.includes(from)) throw new ApiError('OPERATION_NOT_ALLOWED', `the confirmation has to come from another machine, to the new address ${pending.address}`);
    settle(desk, pending.pif);
    desk.log.info('the management interface is confirmed', { pif: pending.pif, from });
    return '';
  }),
});

/** The one that the host is managed by. */
export const moveManagement = (desk: Desk, to: Ref<'PIF'>): void => {
  desk.store.transaction(tx => {
    for (const [ref, pif] of tx.all('PIF')) {
      const management = ref === to;
      if (pif.management !== management) tx.set('PIF', ref, { management, disallow_unplug: management });
    }
  });
};

const settle = (desk: Desk, ref: Ref<'PIF'>): void => {
  clearTimeout(timers.get(desk));
  timers.delete(desk);
  setPending(desk, undefined);
  desk.store.transaction(tx => {
    const pif = tx.find('PIF', ref);
    if (pif?.properties[CONFIRM_BEFORE] === undefined) return;
    const { [CONFIRM_BEFORE]: _, ...properties } = pif.properties;
    tx.set('PIF', ref, { properties });
  });
};

/** The host's own address, where it was that of a management interface. */
const follow = (desk: Desk, address: string): void => {
  const known = [...desk.store.all('host').values()].some(host => host.address === desk.identity.address);
  if (!known || address === '' || desk.identity.address.startsWith('127.') || desk.identity.address === address) return;
  desk.identity.address = address;
  publishAddress(desk);
};

/** An IPv4 address may come dressed as IPv6. */
const plain = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '');
