import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { datetime } from '../datetime';
import { freeMemoryBytes, HOST_RESERVED_BYTES } from './memory';

export const queries = (desk: Desk): Handlers => ({
  'host.get_servertime': (_context, host) => { desk.store.get('host', host); return datetime(desk.now()); },
  'host.get_server_localtime': (_context, host) => {
    desk.store.get('host', host);
    return datetime(desk.now() - new Date(desk.now()).getTimezoneOffset() * 60_000).replace('Z', '');
  },
  'host.compute_free_memory': (_context, host) => { desk.store.get('host', host); return freeMemoryBytes(desk); },
  'host.compute_memory_overhead': (_context, host) => { desk.store.get('host', host); return HOST_RESERVED_BYTES; },
  'host.get_server_certificate': (_context, host) => { desk.store.get('host', host); return desk.identity.certificatePem; },
  'host.is_in_emergency_mode': () => false,
  'host.get_uncooperative_resident_VMs': (_context, host) => { desk.store.get('host', host); return []; },
});

/** A disabled host starts no VM; those that run go on. */
export const enabling = (desk: Desk): Handlers => ({
  'host.enable': (_context, host) => { desk.store.transaction(tx => { tx.get('host', host); tx.set('host', host, { enabled: true }); }); },
  'host.disable': (_context, host) => { desk.store.transaction(tx => { tx.get('host', host); tx.set('host', host, { enabled: false }); }); },
  /** Every change is durable when it is answered. */
  'pool.sync_database': () => {},
});
