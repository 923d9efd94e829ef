import { ApiError, type Ref } from '../../../shared/api';
import type { Handler } from '../contract';
import type { Desk } from '../desk';
import { inNetworkTurn } from '../network/turn';
import { normalMac } from '../vif/devices';
import { forgotten, makePif, scanPifs, setForgotten } from './scan';

/** One interface by its name, and by its MAC address where one is given. */
export const introduce = (desk: Desk): Handler<'PIF.introduce'> => (_context, host, MAC, device, managed): Promise<Ref<'PIF'>> => inNetworkTurn(desk, async () => {
  desk.store.get('host', host);
  const mac = MAC === '' ? '' : normalMac(MAC);
  if (mac === undefined) throw new ApiError('MAC_INVALID', MAC);
  if ([...desk.store.all('PIF').values()].some(pif => pif.device === device && pif.physical)) throw new ApiError('DUPLICATE_PIF_DEVICE_NAME', device);
  const interfaces = await desk.networks.interfaces();
  const facts = interfaces.find(one => one.physical && one.device === device && (mac === '' || one.mac === mac));
  if (!facts) throw new ApiError('COULD_NOT_FIND_NETWORK_INTERFACE_WITH_SPECIFIED_DEVICE_NAME_AND_MAC_ADDRESS', device, MAC);
  const canBridge = await desk.networks.lacks('bridge') === '';
  setForgotten(desk, forgotten(desk).filter(one => one !== device));
  const pif = desk.store.transaction(tx => makePif(tx, facts, interfaces, canBridge, managed));
  await scanPifs(desk, { restart: true });
  return pif;
});
