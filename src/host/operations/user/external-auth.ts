import { ApiError, type Ref } from '../../../shared/api';
import type { MachineUsers } from '../../users/contract';
import type { Store } from '../../store/contract';
import type { Handlers } from '../contract';
import type { SessionControl } from '../session/live';
import { PAM } from './directory';

/* host.enable_external_auth: users of the Linux machine may log in, once they are subjects. The one type is PAM, and the service name says by which of PAM's services; Active Directory comes by the
 * machine's own SSSD or winbind through it. */

/** Where none is named. */
const SERVICE = 'administrator-console';

export const externalAuth = (store: Store, sessions: SessionControl, machine: MachineUsers | undefined): Handlers => {
  const enable = (host: Ref<'host'>, config: Readonly<Record<string, string>>, name: string, type: string): void => {
    const { external_auth_type, external_auth_service_name } = store.get('host', host), service = name === '' ? SERVICE : name;
    if (external_auth_type !== '') throw new ApiError('AUTH_ALREADY_ENABLED', external_auth_type, external_auth_service_name);
    if (type !== PAM) throw new ApiError('AUTH_UNKNOWN_TYPE', type.slice(0, 100));
    const lacks = machine ? machine.lacks(service) : 'this host was started without them';
    if (lacks !== undefined) throw new ApiError('AUTH_ENABLE_FAILED', lacks);
    store.transaction(tx => { tx.set('host', host, { external_auth_type: type, external_auth_service_name: service, external_auth_configuration: config }); });
  };
  const disable = (host: Ref<'host'>): void => {
    store.transaction(tx => { tx.get('host', host); tx.set('host', host, { external_auth_type: '', external_auth_service_name: '', external_auth_configuration: {} }); });
    sessions.revoke(({ sid }) => /^u\d+$/.test(sid));
  };
  const hosts = (pool: Ref<'pool'>): Ref<'host'>[] => { store.get('pool', pool); return [...store.all('host').keys()]; };
  return {
    'host.enable_external_auth': (_context, host, config, service, type) => { enable(host, config, service, type); },
    'host.disable_external_auth': (_context, host) => { disable(host); },
    'pool.enable_external_auth': (_context, pool, config, service, type) => { for (const host of hosts(pool)) enable(host, config, service, type); },
    'pool.disable_external_auth': (_context, pool) => { for (const host of hosts(pool)) disable(host); },
    'pool.detect_nonhomogeneous_external_auth': (_context, pool) => { store.get('pool', pool); },
  };
};
