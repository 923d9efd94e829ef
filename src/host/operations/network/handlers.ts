import * as bondCreate from '../bond/create';
import * as bondDestroy from '../bond/destroy';
import { setMode } from '../bond/set-mode';
import type { Handlers } from '../contract';
import type { Desk } from '../desk';
import { forget } from '../pif/forget';
import { introduce } from '../pif/introduce';
import { plugging } from '../pif/plug';
import { reconfiguring } from '../pif/reconfigure-ip';
import { scan } from '../pif/scan';
import * as vlanCreate from '../vlan/create';
import * as vlanDestroy from '../vlan/destroy';
import { attach } from './attach';
import * as create from './create';
import * as destroy from './destroy';
import { fields } from './fields';
import { setDefaultLockingMode } from './locking';

/** The messages of networks and of what they are made of. */
export const networkMessages = (desk: Desk): Handlers => ({
  'network.create': create.create(desk),
  'network.destroy': destroy.destroy(desk),
  ...attach(desk),
  ...fields(desk),
  ...setDefaultLockingMode(desk),
  ...scan(desk),
  'PIF.introduce': introduce(desk),
  'PIF.forget': forget(desk),
  ...plugging(desk),
  ...reconfiguring(desk),
  ...vlanCreate.create(desk),
  ...vlanDestroy.destroy(desk),
  'Bond.create': bondCreate.create(desk),
  'Bond.destroy': bondDestroy.destroy(desk),
  'Bond.set_mode': setMode(desk),
});
